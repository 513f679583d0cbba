"""How an unexpected error is told in a log: its kind and its places, never its text."""

import traceback

from routing.domain.errors import Unavailable

MOST_PLACES = 12


def told(error: Exception) -> str:
    """The kind of an error and, a line each, where it came from, the innermost last.

    Its own text may quote a customer (a database error quotes its parameters), so it is left out; what is unavailable
    names only parts, and keeps its words.
    """
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    reason = str(error) if isinstance(error, Unavailable) else type(error).__qualname__
    return "\n  ".join([reason, *places[-MOST_PLACES:]])
