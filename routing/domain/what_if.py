"""A what-if question about a floor, and how far answering it has come."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from routing.domain.errors import Invalid
from routing.domain.what_if_answer import Answer

WhatIfId = NewType("WhatIfId", str)
MOST_DAYS = 20
MOST_CHANGES = 8
ANY_SKILL = -1


@dataclass(frozen=True, slots=True)
class Absence:
    """So many COps missing from `start` (HH:MM): of those with the skill and the language, where these are given."""

    start: str
    minutes: float
    cops: int
    skill: int = ANY_SKILL
    language: str = ""


@dataclass(frozen=True, slots=True)
class Training:
    """A skill that so many COps who lack it have learned."""

    skill: int
    cops: int


@dataclass(frozen=True, slots=True)
class Promotion:
    """From `start` (HH:MM) customers write `factor` times as often, about one skill or about everything."""

    start: str
    minutes: float
    factor: float
    skill: int = ANY_SKILL


@dataclass(frozen=True, slots=True)
class OtherPolicy:
    """The floor is matched by another policy."""

    policy: str


Change = Absence | Training | Promotion | OtherPolicy
KINDS: Mapping[str, type[Change]] = {
    "absence": Absence,
    "training": Training,
    "promotion": Promotion,
    "policy": OtherPolicy,
}


@dataclass(frozen=True, slots=True)
class Question:
    """A floor under a policy, as it is and with all of `changes`, on so many simulated days."""

    floor: str
    policy: str
    days: int
    changes: tuple[Change, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.days <= MOST_DAYS:
            raise Invalid("days", self.days, f"a whole number from 1 to {MOST_DAYS}")
        if not 1 <= len(self.changes) <= MOST_CHANGES:
            raise Invalid("changes", len(self.changes), f"1 to {MOST_CHANGES} changes")

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        changes = [{"kind": _kind(each), **_values(each)} for each in self.changes]
        return {"floor": self.floor, "policy": self.policy, "days": self.days, "changes": changes}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Question":
        """The question that `as_dict` wrote; KeyError, TypeError or Invalid for anything else."""
        changes = (dict(each) for each in document["changes"])
        read = tuple(KINDS[each.pop("kind")](**each) for each in changes)
        return cls(document["floor"], document["policy"], document["days"], read)


class RunState(StrEnum):
    """How far a question is."""

    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class DaysDone:
    """How many of how many simulated days are over."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class WhatIfRun:
    """One question that was asked. `done` of `total` simulated days are over; `why`: the reason where it has no answer.

    `holder` names the process that answers it, so that a later one knows that nobody does any more.
    """

    id: WhatIfId
    question: Question
    asked_by: str
    asked_at: datetime
    holder: str
    state: RunState = RunState.RUNNING
    done: int = 0
    total: int = 0
    ended_at: datetime | None = None
    why: str = ""
    answer: Answer | None = None

    @property
    def is_running(self) -> bool:
        """Whether somebody still works on it."""
        return self.state is RunState.RUNNING

    def progressed(self, done: int, total: int) -> "WhatIfRun":
        """So many days are over."""
        return replace(self, done=done, total=total)

    def finished(self, answer: Answer, at: datetime) -> "WhatIfRun":
        """Answered."""
        return replace(self, state=RunState.FINISHED, answer=answer, ended_at=at, done=self.total)

    def ended(self, state: RunState, at: datetime, why: str) -> "WhatIfRun":
        """Over without an answer."""
        return replace(self, state=state, ended_at=at, why=why)


@dataclass(frozen=True, slots=True)
class OfferedFloor:
    """A floor that can be asked about: open from `start`, s after midnight, for `hours`; skills by their number.

    `own`: a team's own, which may tell how much is written in which market; the others are invented.
    """

    key: str
    description: str
    cops: int
    start: float
    hours: float
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    own: bool = False


@dataclass(frozen=True, slots=True)
class OfferedPolicy:
    """A policy that can be asked about."""

    key: str
    description: str


def _kind(change: Change) -> str:
    return next(name for name, kind in KINDS.items() if isinstance(change, kind))


def _values(change: Change) -> dict[str, Any]:
    return {name: getattr(change, name) for name in type(change).__slots__}
