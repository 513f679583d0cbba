"""What was recorded of one matching group in a span of time: who wrote, who worked, how long it took."""

from dataclasses import dataclass
from datetime import datetime

from routing.domain.conversation import Conversation
from routing.domain.cop import Cop
from routing.domain.issue import Taxonomy
from routing.domain.offer import Assignment


@dataclass(frozen=True, slots=True)
class Traffic:
    """Conversations received from `since` until before `until`, assignments begun then, and the people who had them."""

    group: str
    since: datetime
    until: datetime
    conversations: tuple[Conversation, ...]
    assignments: tuple[Assignment, ...]
    cops: tuple[Cop, ...]
    taxonomy: Taxonomy

    @property
    def seconds(self) -> float:
        """How long the span is."""
        return (self.until - self.since).total_seconds()
