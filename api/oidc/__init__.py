"""Callers whom an identity provider vouches for: signed tokens, their keys, their claims, and sign-in by a browser."""
