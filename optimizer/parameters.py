"""The matcher's weights, thresholds and limits, with the range each may take."""

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from optimizer.errors import Fault, ParametersInvalid

PRIORITIES = 5
"""Priorities run from 1 (most urgent) to 5."""


@dataclass(frozen=True, slots=True)
class Range:
    """The closed interval a parameter may take, its unit and what it means."""

    low: float
    high: float
    unit: str
    meaning: str

    def __str__(self) -> str:
        return f"a number from {self.low:g} to {self.high:g} ({self.unit})"


def _ranged(default: float, low: float, high: float, unit: str, meaning: str) -> Any:
    return field(default=default, metadata={"range": Range(low, high, unit, meaning)})


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchingParameters:
    """Everything a team may tune; raises `ParametersInvalid` naming every value out of range.

    Weights turn each term into seconds of weighted customer wait: one second of one customer of
    priority 5 counts as one second.
    """

    time_limit_seconds: float = _ranged(0.5, 0.001, 60, "s", "longest wait for the solver")
    min_proficiency: float = _ranged(0.2, 0.01, 1, "proficiency", "least skill that may serve an issue type")
    min_covered_probability: float = _ranged(
        0.5, 0.01, 1, "probability", "least share of the candidates a COp must be able to serve"
    )
    start_margin_seconds: float = _ranged(60, 0, 86_400, "s", "a shift ending sooner takes nothing new")
    answer_value_seconds: float = _ranged(600, 0, 1e6, "s", "value of answering at all, at once")
    urgency_growth_seconds: float = _ranged(120, 0.01, 1e6, "s", "urgency gained when the target is reached")
    urgency_knee: float = _ranged(4, 1, 100, "targets", "age where cubic growth becomes linear")
    priority_weights: tuple[float, ...] = field(
        default=(8.0, 4.0, 2.0, 1.5, 1.0),
        metadata={"range": Range(0.01, 1000, "factor", "urgency factor of priority 1 to 5, not increasing")},
    )
    vulnerable_factor: float = _ranged(3, 1, 1000, "factor", "urgency factor for a vulnerable customer")
    fraud_factor: float = _ranged(4, 1, 1000, "factor", "urgency factor for suspected fraud")
    handle_time_weight: float = _ranged(1, 0, 1000, "factor", "weight of seconds slower than typical")
    proficiency_weight: float = _ranged(1, 0, 1000, "factor", "weight of handle time at risk of being repeated")
    language_weight_seconds: float = _ranged(120, 0, 1e6, "s", "cost of no fluency at all")
    load_weight_seconds: float = _ranged(30, 0, 1e6, "s", "cost of each unit the COp already holds")
    affinity_bonus_seconds: float = _ranged(90, 0, 1e6, "s", "worth of meeting the same COp again")
    shift_overrun_weight: float = _ranged(1, 0, 1000, "factor", "weight of seconds past the shift's end")
    handle_time_log_sd: float = _ranged(0.7, 0.05, 3, "log seconds", "spread of one handle time")
    cop_log_sd: float = _ranged(0.15, 0.001, 2, "log seconds", "spread between COps")
    pair_log_sd: float = _ranged(0.25, 0.001, 2, "log seconds", "spread between COps on one issue type")
    issue_type_prior_count: float = _ranged(20, 0.01, 1e6, "conversations", "weight of the stated handle time")

    def __post_init__(self) -> None:
        faults = list(_faults_of(self))
        if faults:
            raise ParametersInvalid(faults)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "MatchingParameters":
        """Build from plain data (a TOML table, a JSON object), naming every unknown name and bad value."""
        known = {each.name for each in fields(cls)}
        faults = [_unknown(name, values[name], known) for name in values if name not in known]
        good = {name: _tuples(value) for name, value in values.items() if name in known}
        try:
            parameters = cls(**good)
        except ParametersInvalid as error:
            raise ParametersInvalid([*faults, *error.faults]) from error
        if faults:
            raise ParametersInvalid(faults)
        return parameters


def read_parameters(path: Path) -> MatchingParameters:
    """Read the `[matching]` table of a TOML file, or the whole file where there is no such table."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ParametersInvalid([Fault(str(path), str(error), "a readable TOML file is")]) from error
    return MatchingParameters.from_mapping(document.get("matching", document))


def ranges() -> dict[str, Range]:
    """Each parameter's range, by name."""
    return {each.name: each.metadata["range"] for each in fields(MatchingParameters)}


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _unknown(name: str, value: Any, known: set[str]) -> Fault:
    return Fault(name, repr(value), f"known parameters are {', '.join(sorted(known))}")


def _faults_of(parameters: MatchingParameters) -> Iterator[Fault]:
    for name, allowed in ranges().items():
        value = getattr(parameters, name)
        if name == "priority_weights":
            yield from _weight_faults(value, allowed)
        elif not _within(value, allowed):
            yield Fault(name, repr(value), f"allowed is {allowed}")


def _weight_faults(weights: Any, allowed: Range) -> Iterator[Fault]:
    if not isinstance(weights, tuple) or len(weights) != PRIORITIES:
        yield Fault("priority_weights", repr(weights), f"allowed are {PRIORITIES} numbers")
        return
    for position, weight in enumerate(weights):
        if not _within(weight, allowed):
            yield Fault(f"priority_weights[{position}]", repr(weight), f"allowed is {allowed}")
            return
    if list(weights) != sorted(weights, reverse=True):
        yield Fault("priority_weights", repr(weights), "allowed are weights that never increase")


def _within(value: Any, allowed: Range) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and allowed.low <= value <= allowed.high
