"""What happens to a conversation, as pure values: no IO, no clock, no randomness."""
