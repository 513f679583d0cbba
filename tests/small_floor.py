"""A floor of three issue types, by hand: who waits, who works, what limits them."""

from datetime import UTC, datetime

from optimizer.side.limit import Limit
from optimizer.snapshot import CopState, IssueTypeFacts, Snapshot, WaitingConversation

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TYPES = (
    IssueTypeFacts("card", "cards", 300.0),
    IssueTypeFacts("loan", "loans", 600.0),
    IssueTypeFacts("scam", "fraud", 900.0),
)
KEYS = [each.key for each in TYPES]


def waiting(id: str, key: str = "card", **changes: object) -> WaitingConversation:
    values = {"market": "GB", "language": "en", "channel": "chat", "priority": 3}
    return WaitingConversation(id, ((key, 1.0),), waiting_seconds=30.0, target_seconds=60.0, **{**values, **changes})


def a_cop(id: str, free: int = 2, **changes: object) -> CopState:
    values = {"skills": {each.skill: 1.0 for each in TYPES}, "languages": {"en": 1.0}, "markets": frozenset({"GB"})}
    return CopState(id, free={"chat": free}, load=0, available=True, **{**values, **changes})


def a_floor(conversations: list[WaitingConversation], cops: list[CopState], *limits: Limit) -> Snapshot:
    return Snapshot(NOON, tuple(conversations), tuple(cops), TYPES, limits=limits)
