"""Service-target arithmetic: how long a customer may wait, and how long they have waited."""

from dataclasses import dataclass
from datetime import datetime

from routing.domain.errors import Invalid


@dataclass(frozen=True, slots=True)
class ServiceTarget:
    """`share` of conversations (0-1] answered within `seconds`."""

    share: float
    seconds: float

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1:
            raise Invalid("service_target.share", self.share, "above 0, at most 1")
        if not self.seconds > 0:
            raise Invalid("service_target.seconds", self.seconds, "above 0")


def age_seconds(waiting_since: datetime, at: datetime) -> float:
    """Seconds waited so far; never negative, whatever the clocks say."""
    return max(0.0, (at - waiting_since).total_seconds())
