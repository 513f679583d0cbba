"""Parameters with the range each may take: declaring, reading and checking them."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from optimizer.errors import Fault, ParametersInvalid


@dataclass(frozen=True, slots=True)
class Range:
    """The closed interval a parameter may take, its unit and what it means."""

    low: float
    high: float
    unit: str
    meaning: str

    def __str__(self) -> str:
        return f"a number from {self.low:g} to {self.high:g} ({self.unit})"


def ranged(default: float, low: float, high: float, unit: str, meaning: str) -> Any:
    """A dataclass field that is a number of `unit` from `low` to `high`."""
    return field(default=default, metadata={"range": Range(low, high, unit, meaning)})


def ranged_list(default: tuple[float, ...], allowed: Range, order: str) -> Any:
    """A dataclass field that is as many numbers as `default`; `order` is "falling", "rising" or "any"."""
    return field(default=default, metadata={"range": allowed, "order": order, "length": len(default)})


def ranges_of(kind: type) -> dict[str, Range]:
    """Each parameter's range, by name."""
    return {each.name: each.metadata["range"] for each in fields(kind)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RangedParameters:
    """Parameters that all say their range; raises `ParametersInvalid` naming every value out of it."""

    def __post_init__(self) -> None:
        faults = list(_faults_of(self))
        if faults:
            raise ParametersInvalid(faults)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Self:
        """Build from plain data (a TOML table, a JSON object), naming every unknown name and bad value."""
        known = ranges_of(cls)
        faults = [_unknown(name, values[name], known) for name in values if name not in known]
        good = {name: _tuples(value) for name, value in values.items() if name in known}
        try:
            parameters = cls(**good)
        except ParametersInvalid as error:
            raise ParametersInvalid([*faults, *error.faults]) from error
        if faults:
            raise ParametersInvalid(faults)
        return parameters


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _unknown(name: str, value: Any, known: Mapping[str, Range]) -> Fault:
    return Fault(name, repr(value), f"known parameters are {', '.join(sorted(known))}")


def _faults_of(parameters: RangedParameters) -> Iterator[Fault]:
    for each in fields(parameters):
        value, allowed = getattr(parameters, each.name), each.metadata["range"]
        if "length" in each.metadata:
            yield from _list_faults(each.name, value, allowed, each.metadata["length"], each.metadata["order"])
        elif not _within(value, allowed):
            yield Fault(each.name, repr(value), f"allowed is {allowed}")


def _list_faults(name: str, values: Any, allowed: Range, length: int, order: str) -> Iterator[Fault]:
    if not isinstance(values, tuple) or len(values) != length:
        yield Fault(name, repr(values), f"allowed are {length} numbers")
        return
    for position, value in enumerate(values):
        if not _within(value, allowed):
            yield Fault(f"{name}[{position}]", repr(value), f"allowed is {allowed}")
            return
    if order != "any" and list(values) != sorted(values, reverse=order == "falling"):
        never = "increase" if order == "falling" else "decrease"
        yield Fault(name, repr(values), f"allowed are values that never {never}")


def _within(value: Any, allowed: Range) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and allowed.low <= value <= allowed.high
