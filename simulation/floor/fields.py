"""What a scenario's values may be, and reading them from plain data with every fault named."""

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Protocol, TypeVar

from routing.domain.errors import Invalid

Section = TypeVar("Section")


class Rule(Protocol):
    """Turns a plain value into the scenario's, or raises Invalid naming `place`."""

    def read(self, place: str, value: Any) -> Any: ...


@dataclass(frozen=True, slots=True)
class Number:
    """A finite number in a closed range; a whole one where `whole`."""

    low: float
    high: float
    unit: str
    whole: bool = False

    def read(self, place: str, value: Any) -> Any:
        """The number itself."""
        kinds = int if self.whole else (int | float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not math.isfinite(value):
            raise Invalid(place, value, str(self))
        if not self.low <= value <= self.high:
            raise Invalid(place, value, str(self))
        return value if self.whole else float(value)

    def __str__(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        return f"{kind} from {self.low:g} to {self.high:g} ({self.unit})"


@dataclass(frozen=True, slots=True)
class Numbers:
    """A list of numbers, as long as one of `lengths`; any length of at least one where that is empty."""

    each: Number
    lengths: tuple[int, ...] = ()
    rising: bool = False

    def read(self, place: str, value: Any) -> tuple[float, ...]:
        """The numbers as a tuple."""
        allowed = " or ".join(map(str, self.lengths)) or "one or more"
        if not isinstance(value, list | tuple) or not value or (self.lengths and len(value) not in self.lengths):
            raise Invalid(place, value, f"a list of {allowed} values, each {self.each}")
        read = tuple(self.each.read(f"{place}[{at}]", item) for at, item in enumerate(value))
        if self.rising and list(read) != sorted(read):
            raise Invalid(place, value, "values that never fall")
        return read


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    def read(self, place: str, value: Any) -> str:
        """The word itself."""
        if not isinstance(value, str) or value not in self.words:
            raise Invalid(place, value, f"one of {', '.join(self.words)}")
        return value


@dataclass(frozen=True, slots=True)
class Text:
    """Any text of at most `longest` characters."""

    longest: int = 200

    def read(self, place: str, value: Any) -> str:
        """The text itself."""
        if not isinstance(value, str) or len(value) > self.longest:
            raise Invalid(place, value, f"text of at most {self.longest} characters")
        return value


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day, kept as seconds after midnight."""

    def read(self, place: str, value: Any) -> float:
        """Seconds after midnight of `HH:MM`."""
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 86_400:
            return float(value)
        hours, colon, minutes = str(value).partition(":")
        good = colon and hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2
        if not good or int(hours) > 23 or int(minutes) > 59:
            raise Invalid(place, value, "a time of day such as 09:30")
        return int(hours) * 3600.0 + int(minutes) * 60.0


@dataclass(frozen=True, slots=True)
class Weights:
    """Names and how often each occurs; at least one above 0."""

    def read(self, place: str, value: Any) -> tuple[tuple[str, float], ...]:
        """(name, share) pairs whose shares sum to 1."""
        if not isinstance(value, Mapping | tuple) or not value:
            raise Invalid(place, value, "a table of names and weights, at least one")
        items = list(value.items()) if isinstance(value, Mapping) else list(value)
        number = Number(0, 1e9, "weight")
        read = [(str(name), float(number.read(f"{place}.{name}", weight))) for name, weight in items]
        total = sum(weight for _, weight in read)
        if total <= 0:
            raise Invalid(place, value, "at least one weight above 0")
        return tuple((name, weight / total) for name, weight in read)


@dataclass(frozen=True, slots=True)
class Part:
    """A table of its own."""

    kind: type

    def read(self, place: str, value: Any) -> Any:
        """The section that the table describes."""
        return value if isinstance(value, self.kind) else read_section(self.kind, place, value)


@dataclass(frozen=True, slots=True)
class Parts:
    """Any number of tables of the same kind."""

    kind: type

    def read(self, place: str, value: Any) -> tuple[Any, ...]:
        """One section a table."""
        if not isinstance(value, list | tuple):
            raise Invalid(place, value, f"a list of tables, [[{place}]]")
        return tuple(Part(self.kind).read(f"{place}[{at}]", item) for at, item in enumerate(value))


def allowed(rule: Rule, default: Any = MISSING) -> Any:
    """A dataclass field whose plain value `rule` reads; `default` is plain too. Without it the value is required."""
    if default is MISSING:
        return field(metadata={"rule": rule})
    return field(default=default, metadata={"rule": rule})


def check(section: Any, place: str) -> None:
    """Read every field of a frozen section in place; for `__post_init__`, so that code is held to the same rules."""
    for each in fields(section):
        where = f"{place}.{each.name}" if place else each.name
        value = each.metadata["rule"].read(where, getattr(section, each.name))
        object.__setattr__(section, each.name, value)


def read_section(kind: type[Section], place: str, value: Any) -> Section:
    """Build `kind` from a table; Invalid names the first place that is wrong, the value and what is allowed."""
    if not isinstance(value, Mapping):
        raise Invalid(place, value, "a table")
    known = {each.name: each for each in fields(kind)}  # type: ignore[arg-type]
    for name in value:
        if name not in known:
            raise Invalid(f"{place}.{name}" if place else str(name), value[name], f"one of {', '.join(known)}")
    for name, each in known.items():
        if each.default is MISSING and each.default_factory is MISSING and name not in value:
            raise Invalid(f"{place}.{name}" if place else name, "nothing", "a value; it has no default")
    read = {
        name: known[name].metadata["rule"].read(f"{place}.{name}" if place else name, item)
        for name, item in value.items()
    }
    return kind(**read)
