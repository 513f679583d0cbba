"""Limits on work: team quotas, the share of hard cases, learning quotas, and whom a COp must not serve."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from routing.domain.cop import Cop, CopId
from routing.domain.errors import Invalid
from routing.domain.practice import Practice


class LimitKind(StrEnum):
    """What a limit is for; all but a quota spare fraud and vulnerable customers."""

    QUOTA = "quota"
    HARD_CASES = "hard_cases"
    LEARNING = "learning"


@dataclass(frozen=True, slots=True)
class Quota:
    """Some teams hold at most `most` conversations at once, of these issue types (None: of any)."""

    name: str
    teams: frozenset[str]
    most: int
    issue_types: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class HardCases:
    """At most `share` of what a COp takes within `window` is of these issue types; one always is allowed."""

    issue_types: frozenset[str]
    share: float
    window: timedelta = timedelta(hours=8)

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise Invalid("hard_cases.share", self.share, "above 0, at most 1")


@dataclass(frozen=True, slots=True)
class Conflict:
    """COps who must never serve these customers."""

    customers: frozenset[str]
    cops: frozenset[CopId]


@dataclass(frozen=True, slots=True)
class LimitRules:
    """What a pack says about limits and practice.

    learning: COp -> issue type -> how many of it they hold at most at once; practices: what COps are given at least.
    """

    quotas: tuple[Quota, ...] = ()
    hard_cases: HardCases | None = None
    learning: Mapping[CopId, Mapping[str, int]] | None = None
    conflicts: tuple[Conflict, ...] = ()
    practices: tuple[Practice, ...] = ()

    @property
    def looks_at_work(self) -> bool:
        """Whether what COps hold, or have taken, matters."""
        return bool(self.quotas or self.hard_cases or self.learning)


NO_LIMITS = LimitRules()
"""What holds where a pack says nothing."""


@dataclass(frozen=True, slots=True)
class Work:
    """One conversation that a COp holds or took; its issue type is None where nobody knows it."""

    cop_id: CopId
    issue_type: str | None


@dataclass(frozen=True, slots=True)
class WorkLimit:
    """At most `most` more conversations, of these issue types (None: of any), for all these COps together, now."""

    name: str
    kind: LimitKind
    cop_ids: frozenset[CopId]
    most: int
    issue_types: frozenset[str] | None = None


def limits_now(
    rules: LimitRules, roster: Mapping[CopId, Cop], held: Iterable[Work], taken: Iterable[Work]
) -> tuple[WorkLimit, ...]:
    """What the rules leave, given what everybody holds now and has taken within the window of hard cases."""
    holding = tuple(held)
    return (
        *(_quota_left(quota, roster, holding) for quota in rules.quotas),
        *_hard_left(rules.hard_cases, roster, tuple(taken)),
        *_learning_left(rules.learning or {}, roster, holding),
    )


def _quota_left(quota: Quota, roster: Mapping[CopId, Cop], held: tuple[Work, ...]) -> WorkLimit:
    cops = frozenset(cop.id for cop in roster.values() if cop.team in quota.teams)
    used = sum(work.cop_id in cops and _is_of(work, quota.issue_types) for work in held)
    return WorkLimit(f"quota {quota.name}", LimitKind.QUOTA, cops, max(0, quota.most - used), quota.issue_types)


def _is_of(work: Work, issue_types: frozenset[str] | None) -> bool:
    return issue_types is None or work.issue_type in issue_types


def _hard_left(rule: HardCases | None, roster: Mapping[CopId, Cop], taken: tuple[Work, ...]) -> Iterable[WorkLimit]:
    if rule is None:
        return
    every = Counter(work.cop_id for work in taken)
    hard = Counter(work.cop_id for work in taken if _is_of(work, rule.issue_types))
    people = (cop.id for cop in roster.values() if cop.software is None)
    for cop_id in people:
        left = hard_cases_left(rule.share, every[cop_id], hard[cop_id])
        if left is not None:
            name = f"hard cases of {cop_id}"
            yield WorkLimit(name, LimitKind.HARD_CASES, frozenset({cop_id}), left, rule.issue_types)


def hard_cases_left(share: float, taken: int, hard: int) -> int | None:
    """How many hard cases more keep the share, were only they taken; None where the share allows everything.

    The first hard case is always allowed: otherwise nobody who begins their day could be given one.
    """
    if share >= 1:
        return None
    within = math.floor((share * taken - hard) / (1 - share) + 1e-9)
    return max(0, within, 1 - hard)


def _learning_left(
    learning: Mapping[CopId, Mapping[str, int]], roster: Mapping[CopId, Cop], held: tuple[Work, ...]
) -> Iterable[WorkLimit]:
    holding = Counter((work.cop_id, work.issue_type) for work in held)
    for cop_id, quotas in learning.items():
        for issue_type, most in quotas.items() if cop_id in roster else ():
            left = max(0, most - holding[cop_id, issue_type])
            name = f"{issue_type} while {cop_id} learns it"
            yield WorkLimit(name, LimitKind.LEARNING, frozenset({cop_id}), left, frozenset({issue_type}))


def forbidden_for(conflicts: Iterable[Conflict], customer_id: str | None) -> frozenset[CopId]:
    """The COps who must never serve this customer."""
    named = [conflict.cops for conflict in conflicts if customer_id is not None and customer_id in conflict.customers]
    return frozenset().union(*named)
