"""How the wait stands, family by family."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from routing.domain.conversation import Conversation
from routing.domain.service_level import age_seconds


@dataclass(frozen=True, slots=True)
class FamilyQueue:
    """How one family's queue stands: how many wait, how long the oldest has, how many are past their target."""

    family: str
    waiting: int
    oldest_wait_seconds: float
    past_target: int


def summarise(
    waiting: Iterable[tuple[str, Conversation]],
    at: datetime,
    age_of: Callable[[Conversation], float] | None = None,
) -> list[FamilyQueue]:
    """One row a family, oldest wait first; takes (family, conversation) pairs.

    `age_of` gives the seconds that count against the target, where these are not those of the clock.
    """
    rows: dict[str, FamilyQueue] = {}
    for family, conversation in waiting:
        before = rows.get(family, FamilyQueue(family, 0, 0.0, 0))
        age = age_seconds(conversation.waiting_since, at)
        late = (age if age_of is None else age_of(conversation)) > conversation.target_seconds
        rows[family] = FamilyQueue(
            family, before.waiting + 1, max(before.oldest_wait_seconds, age), before.past_target + late
        )
    return sorted(rows.values(), key=lambda row: (-row.oldest_wait_seconds, row.family))
