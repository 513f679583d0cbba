"""The routing service: what happens to a conversation from first message to wrap-up."""
