"""Webhooks: receivers are told about assignments over HTTPS, signed, in order, and only where they may be reached."""
