"""How work was spread over COps lately, for people to see and for policy to bound."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.domain.fairness import Fairness, gini, spread
from routing.services.context import Context

LONGEST_WORK = timedelta(days=1)
"""Work that began this long before the window, and has ended since, may still have filled some of it."""


@dataclass(frozen=True, slots=True)
class FairnessReport:
    """Every COp's share from `since` to `until`, and how uneven occupancy is among those on shift (Gini, 0 to 1).

    bound: the share of hard cases that policy allows; None where it sets none.
    """

    since: datetime
    until: datetime
    cops: tuple[Fairness, ...]
    occupancy_gini: float
    bound: float | None


def fairness(context: Context, window: timedelta) -> FairnessReport:
    """The last `window`, from assignments and rosters; two queries, however many COps there are."""
    pack, until = context.packs.current(), context.clock.now()
    since, rule = until - window, pack.limits.hard_cases
    with context.store.reading() as uow:
        recent = {each.id: each for each in [*uow.assignments.since(since - LONGEST_WORK), *uow.assignments.active()]}
    hard = rule.issue_types if rule else frozenset()
    people = {cop.id: cop for cop in pack.roster.values() if cop.software is None}
    rows = spread(people, recent.values(), hard, (since, until))
    occupied = [row.occupancy for row in rows if row.occupancy is not None]
    return FairnessReport(since, until, rows, gini(occupied), rule.share if rule else None)
