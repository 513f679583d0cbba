"""How long work takes, learned from a log of conversations: who and what makes it longer, and how sure that is."""
