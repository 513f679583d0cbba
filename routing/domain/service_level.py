"""Service-target arithmetic: how long a customer may wait, and how much of that is left."""

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


def slack_seconds(waiting_since: datetime, target_seconds: float, at: datetime) -> float:
    """Seconds left until the target is missed; negative once it is."""
    return target_seconds - age_seconds(waiting_since, at)


def age_seconds(waiting_since: datetime, at: datetime) -> float:
    """Seconds waited so far; never negative, whatever the clocks say."""
    return max(0.0, (at - waiting_since).total_seconds())


def attained_share(waits_seconds: list[float], target_seconds: float) -> float | None:
    """Share of answered conversations whose wait met the target; None when none was answered."""
    if not waits_seconds:
        return None
    return sum(wait <= target_seconds for wait in waits_seconds) / len(waits_seconds)
