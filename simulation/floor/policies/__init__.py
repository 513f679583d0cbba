"""Ways to decide who gets whom, from what most products do to the production matching."""
