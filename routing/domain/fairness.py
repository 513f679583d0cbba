"""How work is spread over COps: hard cases, occupancy and idle time, from what they were assigned."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from routing.domain.cop import Cop, CopId, Shift
from routing.domain.offer import Assignment

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Fairness:
    """One COp's share over a window.

    hard_share: of what they took (None: nothing taken, or no type counts as hard); shift_seconds: on shift within the
    window; busy_seconds: of these, with at least one conversation; occupancy: busy of shift (None: not on shift).
    """

    cop_id: CopId
    taken: int
    hard: int
    hard_share: float | None
    shift_seconds: float
    busy_seconds: float
    idle_seconds: float
    occupancy: float | None


def spread(
    roster: Mapping[CopId, Cop], assignments: Iterable[Assignment], hard_types: frozenset[str], window: Span
) -> tuple[Fairness, ...]:
    """One row a COp of the roster, by id.

    A conversation counts as taken where it began within the window, and keeps its COp busy from then until its
    assignment ended, whether or not somebody was typing: presence is not recorded, so breaks count as idle time.
    """
    of_cop: dict[CopId, list[Assignment]] = defaultdict(list)
    for each in assignments:
        of_cop[each.cop_id].append(each)
    return tuple(
        _of_one(cop, of_cop[cop.id], hard_types, window) for cop in sorted(roster.values(), key=lambda c: c.id)
    )


def _of_one(cop: Cop, taken: Sequence[Assignment], hard_types: frozenset[str], window: Span) -> Fairness:
    began = [each for each in taken if window[0] <= each.started_at < window[1]]
    hard = sum(each.issue_type in hard_types for each in began)
    shifts = shift_spans(cop.shift, window)
    work = merged([(each.started_at, each.ended_at or window[1]) for each in taken])
    on_shift, busy = _seconds(shifts), _seconds(_common(shifts, work))
    return Fairness(
        cop_id=cop.id,
        taken=len(began),
        hard=hard,
        hard_share=hard / len(began) if began and hard_types else None,
        shift_seconds=on_shift,
        busy_seconds=busy,
        idle_seconds=on_shift - busy,
        occupancy=busy / on_shift if on_shift else None,
    )


def shift_spans(shift: Shift, window: Span) -> list[Span]:
    """When the shift is under way within the window."""
    since, until = window
    return merged((max(begins, since), min(ends, until)) for begins, ends in shift.spans(since, until))


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time as spans that neither meet nor overlap, oldest first."""
    result: list[Span] = []
    for start, end in sorted(spans):
        if result and start <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        elif end > start:
            result.append((start, end))
    return result


def _common(one: Iterable[Span], other: Sequence[Span]) -> list[Span]:
    pairs = ((max(a[0], b[0]), min(a[1], b[1])) for a in one for b in other)
    return [(start, end) for start, end in pairs if start < end]


def _seconds(spans: Iterable[Span]) -> float:
    return sum((end - start).total_seconds() for start, end in spans)


def gini(values: Sequence[float]) -> float:
    """How unevenly something is spread: 0 where all have the same, towards 1 where one has everything."""
    total, count = sum(values), len(values)
    if not total:
        return 0.0
    ordered = sorted(values)
    return 2 * sum(rank * value for rank, value in enumerate(ordered, 1)) / (count * total) - (count + 1) / count
