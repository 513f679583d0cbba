"""Software as a worker: what it may attempt, how likely it succeeds, and what a failure costs the customer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routing.domain.conversation import Conversation


@dataclass(frozen=True, slots=True)
class Software:
    """What makes a roster entry software and not a person.

    success: issue types it may attempt, each with the probability that it resolves them; handle_time_seconds: one
    attempt; failure_cost_seconds: what a failed attempt costs the customer; least_certainty: how probable the issue
    type must be.
    """

    success: Mapping[str, float]
    handle_time_seconds: float
    failure_cost_seconds: float
    least_certainty: float = 0.9

    def may_attempt(self, conversation: "Conversation", software: Iterable[str]) -> bool:
        """Whether policy lets it: never fraud, vulnerable or uncertain, and never after software was there before.

        `software`: the ids of everything on the roster that is software.
        """
        if conversation.fast_lane or conversation.alerts or not conversation.candidates:
            return False
        before = {*conversation.excluded, conversation.last_cop_id}
        key, probability = max(conversation.candidates, key=lambda pair: pair[1])
        total = sum(each for _, each in conversation.candidates)
        certain = probability >= self.least_certainty * total
        return certain and key in self.success and before.isdisjoint(software)

    def attempt_seconds(self, issue_type: str, usual_seconds: float) -> float:
        """What an attempt is expected to cost beyond the `usual_seconds` of a COp's work: its time, and failing."""
        failing = (1 - self.success.get(issue_type, 0.0)) * self.failure_cost_seconds
        return failing + self.handle_time_seconds - usual_seconds
