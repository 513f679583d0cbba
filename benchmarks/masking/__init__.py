"""How much personal data is masked, and how much else: a corpus with known truth, written for this project."""
