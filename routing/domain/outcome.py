"""How work ended: dispositions and handle time."""

from dataclasses import dataclass
from enum import StrEnum

from routing.domain.errors import Invalid

LONGEST_HANDLE_TIME_SECONDS = 86_400.0

NOBODY = ""
"""Whose handle times are kept where individual performance is switched off."""


class Disposition(StrEnum):
    """The wrap-up codes a COp chooses from."""

    RESOLVED = "resolved"
    FOLLOW_UP_NEEDED = "follow_up_needed"
    CUSTOMER_LEFT = "customer_left"
    DUPLICATE = "duplicate"
    NOT_OURS = "not_ours"


@dataclass(frozen=True, slots=True)
class WrapUp:
    """What a COp reports at the end.

    `handle_time_seconds` is time of actual work, never open-to-close; `issue_type` corrects the type when it was wrong.
    `also_handled` are other needs of the same customer that were met on the way.
    """

    disposition: Disposition
    handle_time_seconds: float
    issue_type: str | None = None
    also_handled: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.handle_time_seconds <= LONGEST_HANDLE_TIME_SECONDS:
            raise Invalid("handle_time_seconds", self.handle_time_seconds, f"0 to {LONGEST_HANDLE_TIME_SECONDS:.0f}")


@dataclass(frozen=True, slots=True)
class HandleTimeTally:
    """How much is known of handle times: pairs of issue type and COp, and the conversations of all of them."""

    pairs: int
    conversations: int


@dataclass(frozen=True, slots=True)
class HandleTimeStatistics:
    """Running statistics (Welford) of log handle time for one issue type and COp; `m2` sums squared deviations."""

    issue_type: str
    cop_id: str
    count: int = 0
    mean_log_seconds: float = 0.0
    m2: float = 0.0

    @property
    def variance(self) -> float:
        """Sample variance of log seconds; 0 below two observations."""
        return self.m2 / (self.count - 1) if self.count > 1 else 0.0

    def observe(self, log_seconds: float) -> "HandleTimeStatistics":
        """One more wrapped-up conversation."""
        count = self.count + 1
        delta = log_seconds - self.mean_log_seconds
        mean = self.mean_log_seconds + delta / count
        return HandleTimeStatistics(self.issue_type, self.cop_id, count, mean, self.m2 + delta * (log_seconds - mean))

    def merged(self, other: "HandleTimeStatistics") -> "HandleTimeStatistics":
        """Both together, as nobody's: the conversations of the two, whoever worked on them."""
        count = self.count + other.count
        if count == 0:
            return HandleTimeStatistics(self.issue_type, NOBODY)
        delta = other.mean_log_seconds - self.mean_log_seconds
        mean = self.mean_log_seconds + delta * other.count / count
        m2 = self.m2 + other.m2 + delta * delta * self.count * other.count / count
        return HandleTimeStatistics(self.issue_type, NOBODY, count, mean, m2)
