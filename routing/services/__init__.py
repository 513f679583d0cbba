"""Use cases: one function, one transaction; ports come in as arguments."""
