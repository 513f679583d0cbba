"""How many customers came, by where, what about and at which hour."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from routing.domain.market import Markets


@dataclass(frozen=True, slots=True)
class Arrived:
    """Conversations of one market and issue type that began in one hour of the day (UTC)."""

    market: str
    issue_type: str | None
    hour: int
    count: int


class Arrivals(Protocol):
    """Counts of conversations by when they began."""

    def since(self, at: datetime, within: Markets = None) -> list[Arrived]: ...
