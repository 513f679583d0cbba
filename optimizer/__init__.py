"""Waiting conversations and COps in, one checked plan with its reasons out."""
