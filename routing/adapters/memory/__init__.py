"""The in-memory twin of every port: the same refusals as a database, nothing kept past the process."""

from routing.adapters.memory.store import MemoryStore

__all__ = ["MemoryStore"]
