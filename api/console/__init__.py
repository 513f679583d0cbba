"""The web page for ops managers: the disambiguation queue, the floor, and why a conversation went where it went."""

from api.console.mounting import mount

__all__ = ["mount"]
