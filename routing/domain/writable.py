"""What a file can hold: text without control characters, in tables that end somewhere."""

import re
from collections.abc import Mapping

from routing.domain.edit import Values
from routing.domain.errors import Invalid

_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_DEEPEST = 5
"""A COp's shift names its days at the fourth level."""


def require_writable(values: Values) -> None:
    """Invalid names the place of what no file holds: a text with control characters, a table too deep in others."""
    left: list[tuple[str, object, int]] = [("", values, 0)]
    while left:
        place, value, depth = left.pop()
        if depth > _DEEPEST:
            raise Invalid(place[:80], "tables in tables", f"a value, at most {_DEEPEST} levels deep")
        if isinstance(value, str):
            _require_text(place, value)
        elif isinstance(value, Mapping):
            for name, each in value.items():
                _require_text(inner := f"{place}.{name}".removeprefix("."), name)
                left.append((inner, each, depth + 1))
        elif isinstance(value, list):
            left += [(f"{place}[{at}]", each, depth + 1) for at, each in enumerate(value)]


def _require_text(place: str, text: str) -> None:
    if _UNWRITABLE.search(text):
        said = _UNWRITABLE.sub("\ufffd", text)[:40]
        raise Invalid(_UNWRITABLE.sub("\ufffd", place), said, "text without control characters or half of a character")
