"""How the wait stands, family by family."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


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


@dataclass(frozen=True, slots=True)
class Wait:
    """What a floor that shows thousands needs to know of each conversation that waits."""

    id: str
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
