"""How fast and how good the matching is, beside scipy's assignment and the greedy plan."""
