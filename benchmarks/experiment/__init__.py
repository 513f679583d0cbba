"""What a switchback experiment can find, and what it finds where the truth is known."""
