"""What personal data looks like in a message, kind by kind: rules and check digits, no model."""
