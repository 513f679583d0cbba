"""What is wrong with a pack, told by file, path, value and what is allowed."""

from collections.abc import Iterable
from dataclasses import dataclass

from routing.domain.errors import RoutingError

LONGEST_VALUE = 60
_ITEMS_SHOWN = 8
_DEPTH_SHOWN = 2


@dataclass(frozen=True, slots=True)
class PackError:
    """One finding. `file` is relative to the pack's folder; `value` is as written, at most 60 characters."""

    file: str
    path: str
    value: str
    allowed: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.path}" if self.path else self.file
        return f"{place} is {self.value}; allowed: {self.allowed}"


class PackErrors(RoutingError):
    """The pack cannot be used; `errors` holds everything that is wrong with it. `pointsman check` lists the same."""

    code = "broken_pack"

    def __init__(self, errors: Iterable[PackError]) -> None:
        self.errors = list(errors)
        super().__init__("\n".join(str(error) for error in self.errors))


def shown(value: object) -> str:
    """A value of a TOML file on one printable line, clipped to 60 characters."""
    return clipped(_written(value, _DEPTH_SHOWN))


def clipped(text: str) -> str:
    """Printable, on one line, at most 60 characters."""
    printable = "".join(char if char.isprintable() else _escaped(char) for char in text[: LONGEST_VALUE + 1])
    return printable if len(printable) <= LONGEST_VALUE else printable[: LONGEST_VALUE - 1] + "…"


def _escaped(char: str) -> str:
    return {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char, f"\\u{ord(char):04x}")


def _written(value: object, depth: int) -> str:
    if isinstance(value, str):
        return '"' + value.replace('"', '\\"') + '"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        # Python refuses to write very long integers in decimal.
        return str(value) if value.bit_length() <= 256 else hex(value)
    if isinstance(value, list):
        return "[" + _several((_written(item, depth - 1) for item in value[:_ITEMS_SHOWN]), len(value), depth) + "]"
    if isinstance(value, dict) and value:
        pairs = (f"{key} = {_written(item, depth - 1)}" for key, item in list(value.items())[:_ITEMS_SHOWN])
        return "{ " + _several(pairs, len(value), depth) + " }"
    return "{}" if value == {} else str(value)


def _several(items: Iterable[str], count: int, depth: int) -> str:
    if depth == 0:
        return "…" if count else ""
    return ", ".join(items) + (", …" if count > _ITEMS_SHOWN else "")
