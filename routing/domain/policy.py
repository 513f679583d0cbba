"""The service's tunable times and limits, validated, with what is allowed."""

from dataclasses import dataclass, fields
from datetime import timedelta

from routing.domain.errors import Invalid
from routing.domain.worth import Weights

_ALLOWED: dict[str, tuple[float, float]] = {
    "review_deadline_seconds": (1, 86_400),
    "claim_lease_seconds": (5, 86_400),
    "urgent_probability": (0.01, 1),
    "offer_ttl_seconds": (1, 3_600),
    "most_excluded": (0, 100),
    "most_candidates": (1, 20),
    "tick_seconds": (0.05, 60),
    "lease_seconds": (1, 300),
    "most_waiting_matched": (1, 1_000_000),
    "review_routing_weight": (0, 10),
    "review_teaching_weight": (0, 10),
    "review_urgency_weight": (0, 10),
    "blind_share": (0, 1),
    "individual_performance": (0, 1),
}


@dataclass(frozen=True, slots=True)
class Policy:
    """How long things may take and how far they may go.

    `urgent_probability` is how likely fraud or vulnerability must be for a conversation to skip review;
    `most_excluded` is how many COps who declined or let an offer lapse are skipped for that conversation;
    `most_candidates` how many issue types of an uncertain conversation the matching weighs; `most_waiting_matched` how
    many waiting conversations, oldest first, one tick takes in.

    The three `review_..._weight`s order the disambiguation queue (`routing.domain.worth`); `blind_share` is how much
    of the automatic decisions a person checks without seeing them.

    Without `individual_performance` handle times are learned of issue types alone: nothing tells how fast a COp is, and
    matching goes by skills and availability.
    """

    review_deadline_seconds: float = 60.0
    claim_lease_seconds: float = 300.0
    urgent_probability: float = 0.1
    offer_ttl_seconds: float = 30.0
    most_excluded: int = 5
    most_candidates: int = 5
    tick_seconds: float = 1.0
    lease_seconds: float = 10.0
    most_waiting_matched: int = 50_000
    review_routing_weight: float = 1.0
    review_teaching_weight: float = 0.5
    review_urgency_weight: float = 0.5
    blind_share: float = 0.01
    individual_performance: bool = True

    def __post_init__(self) -> None:
        for item in fields(self):
            low, high = _ALLOWED[item.name]
            value = getattr(self, item.name)
            if not low <= value <= high:
                raise Invalid(f"policy.{item.name}", value, f"{low:g} to {high:g}")

    @property
    def review_weights(self) -> Weights:
        """What orders the disambiguation queue."""
        return Weights(self.review_routing_weight, self.review_teaching_weight, self.review_urgency_weight)

    @property
    def review_deadline(self) -> timedelta:
        """How long a conversation may wait for a person's decision."""
        return timedelta(seconds=self.review_deadline_seconds)

    @property
    def claim_lease(self) -> timedelta:
        """How long a manager's claim keeps others off an item."""
        return timedelta(seconds=self.claim_lease_seconds)

    @property
    def offer_ttl(self) -> timedelta:
        """How long an offer waits for its COp."""
        return timedelta(seconds=self.offer_ttl_seconds)

    @property
    def lease(self) -> timedelta:
        """How long a leader leads without renewing."""
        return timedelta(seconds=self.lease_seconds)
