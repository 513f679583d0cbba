"""A whole installation under load: what it takes in, how soon an offer is made, what it costs, what saturates first."""
