"""Who will pass their service target soon: an estimate from arrivals, free COps and handle times."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

HORIZON_SECONDS = 900.0
Cell = tuple[str, str]
"""(market, family)"""


@dataclass(frozen=True, slots=True)
class Line:
    """Those who wait in one cell, and those to come. `slacks`: seconds left to the target, negative past it."""

    slacks: tuple[float, ...]
    arrivals_per_second: float
    target_seconds: float
    handle_seconds: float

    @property
    def demand(self) -> float:
        """Customers to be served within the horizon."""
        return len(self.slacks) + self.arrivals_per_second * HORIZON_SECONDS


@dataclass(frozen=True, slots=True)
class Crew:
    """COps who serve the same cells: how many are at work, and how many slots they have free in all."""

    cells: frozenset[Cell]
    cops: int
    free: int


@dataclass(frozen=True, slots=True)
class Hands:
    """What a cell can count on: its share of COps at work and of their free slots."""

    cops: float = 0.0
    free: float = 0.0


def shared(lines: Mapping[Cell, Line], crews: Iterable[Crew]) -> dict[Cell, Hands]:
    """Each crew's COps and free slots, divided among the cells it serves in proportion to their demand."""
    cops, free = dict.fromkeys(lines, 0.0), dict.fromkeys(lines, 0.0)
    for crew in crews:
        demands = {cell: lines[cell].demand for cell in crew.cells if cell in lines}
        total = sum(demands.values())
        for cell, demand in demands.items():
            part = demand / total if total else 1 / len(demands)
            cops[cell] += crew.cops * part
            free[cell] += crew.free * part
    return {cell: Hands(cops[cell], free[cell]) for cell in lines}


def predicted_breaches(line: Line, hands: Hands) -> int:
    """How many of those in time now, or to come, will pass their target within the horizon.

    The free slots take the first at once; from then on the cell's share of COps finishes one customer each
    `handle_seconds`. So the customer at place k (from 1, the least slack first, who comes later behind) is answered
    after max(0, k - free) * handle_seconds / cops seconds.
    """
    waiting = sorted(line.slacks)
    late = sum(
        0 <= slack <= HORIZON_SECONDS and _answered(place, line, hands) > slack
        for place, slack in enumerate(waiting, 1)
    )
    return late + sum(
        _answered(len(waiting) + number, line, hands) > at + line.target_seconds
        for number, at in enumerate(_arrivals(line), 1)
    )


def _answered(place: int, line: Line, hands: Hands) -> float:
    behind = max(0.0, place - hands.free)
    if behind == 0:
        return 0.0
    return behind * line.handle_seconds / hands.cops if hands.cops > 0 else math.inf


def _arrivals(line: Line) -> Sequence[float]:
    """When those come who could pass their target within the horizon, in seconds from now, evenly spaced."""
    if line.arrivals_per_second <= 0 or line.target_seconds > HORIZON_SECONDS:
        return ()
    last = math.floor((HORIZON_SECONDS - line.target_seconds) * line.arrivals_per_second)
    return [number / line.arrivals_per_second for number in range(1, last + 1)]
