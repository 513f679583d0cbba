"""Practice: how many conversations of what they learn a COp is to be given in a shift, where there are some."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from routing.domain.cop import Cop, CopId


@dataclass(frozen=True, slots=True)
class Practice:
    """A COp is to take at least `least` conversations of these issue types in each shift; `topic` names them."""

    cop_id: CopId
    topic: str
    least: int
    issue_types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lesson:
    """One conversation that a COp took, or is offered, at `at`; its issue type is None where nobody knows it."""

    cop_id: CopId
    issue_type: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class PracticeDue:
    """At least `least` more conversations of these issue types for this COp before their shift ends."""

    name: str
    cop_id: CopId
    least: int
    issue_types: frozenset[str]


def shift_began(cop: Cop, at: datetime) -> datetime | None:
    """When the COp's shift under way at `at` began (UTC); None when none is under way."""
    under_way = cop.shift.under_way(at)
    return None if under_way is None else under_way[0]


def practice_due(
    practices: Iterable[Practice], roster: Mapping[CopId, Cop], lessons: Iterable[Lesson], at: datetime
) -> tuple[PracticeDue, ...]:
    """What is still missing of each practice in the shift under way, given what everybody took and is offered."""
    taken = tuple(lessons)
    known = (practice for practice in practices if practice.cop_id in roster)
    due = ((practice, _missing(practice, roster[practice.cop_id], taken, at)) for practice in known)
    return tuple(
        PracticeDue(f"{practice.topic}, which {practice.cop_id} learns", practice.cop_id, missing, practice.issue_types)
        for practice, missing in due
        if missing
    )


def _missing(practice: Practice, cop: Cop, taken: tuple[Lesson, ...], at: datetime) -> int:
    began = shift_began(cop, at)
    if began is None:
        return 0
    had = sum(each.cop_id == cop.id and each.issue_type in practice.issue_types and each.at >= began for each in taken)
    return max(0, practice.least - had)
