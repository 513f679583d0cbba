"""What is wrong with a request's values, told without repeating a customer's words."""

from collections.abc import Mapping, Sequence

MOST_ERRORS = 50
LONGEST_VALUE = 40
_TELLING = frozenset(
    {"channel", "cursor", "disposition", "issue_type", "limit", "market", "presence", "state", "states", "after"}
)
"""Places whose strings are codes, never somebody's words; anything else is described by its length."""


def explain(errors: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Each of pydantic's errors as place, value (clipped) and what is allowed; at most MOST_ERRORS of them."""
    return [_explain(error) for error in errors[:MOST_ERRORS]]


def _explain(error: Mapping[str, object]) -> dict[str, object]:
    location = error.get("loc", ())
    parts = [_printable(str(part)[:LONGEST_VALUE]) for part in location] if isinstance(location, tuple | list) else []
    place = ".".join(parts) or "request"
    return {"place": place, "value": clipped(place, error.get("input")), "allowed": str(error.get("msg", ""))[:300]}


def clipped(place: str, value: object) -> str | None:
    """A value as it may be shown: codes and numbers clipped, words and structures only by their size."""
    if value is None:
        return None
    if isinstance(value, bool | int | float):
        return str(value)[:LONGEST_VALUE]
    if not isinstance(value, str):
        return f"a {type(value).__name__}"
    known = not _TELLING.isdisjoint(place.split("."))
    return _printable(value[:LONGEST_VALUE]) if known else f"{len(value)} characters"


def _printable(value: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in value)
