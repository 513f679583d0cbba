"""A floor on which everything goes wrong that a seed draws: the real service on real SQLite, checked at each commit."""
