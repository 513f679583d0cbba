"""How well handle times are learned from a floor's log, where the truth is known."""
