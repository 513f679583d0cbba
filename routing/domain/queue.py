"""How the wait stands, family by family."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from routing.domain.service_level import age_seconds


class Waits(Protocol):
    """Whoever waits, as far as their wait goes: a conversation, or its `Wait`."""

    @property
    def market(self) -> str: ...
    @property
    def waiting_since(self) -> datetime: ...
    @property
    def target_seconds(self) -> float: ...
    @property
    def fast_lane(self) -> bool: ...


W = TypeVar("W", bound=Waits)


@dataclass(frozen=True, slots=True)
class Wait:
    """What a floor that shows thousands needs to know of each conversation that waits."""

    market: str
    issue_type: str | None
    waiting_since: datetime
    target_seconds: float
    fast_lane: bool


@dataclass(frozen=True, slots=True)
class FamilyQueue:
    """How one family's queue stands: how many wait, how long the oldest has, how many are past their target."""

    family: str
    waiting: int
    oldest_wait_seconds: float
    past_target: int


def summarise(
    waiting: Iterable[tuple[str, W]],
    at: datetime,
    age_of: Callable[[W], float] | None = None,
) -> list[FamilyQueue]:
    """One row a family, oldest wait first; takes (family, who waits) pairs.

    `age_of` gives the seconds that count against the target, where these are not those of the clock.
    """
    families: dict[str, list[W]] = {}
    for family, who in waiting:
        families.setdefault(family, []).append(who)
    rows = [_queue(family, found, at, age_of) for family, found in families.items()]
    return sorted(rows, key=lambda row: (-row.oldest_wait_seconds, row.family))


def _queue(family: str, waiting: Sequence[W], at: datetime, age_of: Callable[[W], float] | None) -> FamilyQueue:
    oldest = age_seconds(min(who.waiting_since for who in waiting), at)
    ages = map(age_of or (lambda who: age_seconds(who.waiting_since, at)), waiting)
    late = sum(age > who.target_seconds for age, who in zip(ages, waiting, strict=True))
    return FamilyQueue(family, len(waiting), oldest, late)
