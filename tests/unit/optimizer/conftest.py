"""Builders for snapshots in which a test names only what it is about."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from optimizer.parameters import MatchingParameters
from optimizer.snapshot import CopState, IssueTypeFacts, Snapshot, WaitingConversation

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CARD = IssueTypeFacts("card", "cards", 300.0)
LOAN = IssueTypeFacts("loan", "loans", 600.0)


@pytest.fixture
def make_conversation() -> Callable[..., WaitingConversation]:
    def make(id: str = "c1", **changes: Any) -> WaitingConversation:
        values: dict[str, Any] = {
            "candidates": (("card", 1.0),),
            "market": "GB",
            "language": "en",
            "channel": "chat",
            "priority": 3,
            "waiting_seconds": 30.0,
            "target_seconds": 60.0,
        }
        return WaitingConversation(id, **{**values, **changes})

    return make


@pytest.fixture
def make_cop() -> Callable[..., CopState]:
    def make(id: str = "anna", **changes: Any) -> CopState:
        values: dict[str, Any] = {
            "skills": {"cards": 1.0, "loans": 1.0},
            "languages": {"en": 1.0},
            "markets": frozenset({"GB"}),
            "free": {"chat": 1},
            "load": 0,
            "available": True,
            "seconds_to_shift_end": None,
        }
        return CopState(id, **{**values, **changes})

    return make


@pytest.fixture
def make_snapshot() -> Callable[..., Snapshot]:
    def make(conversations: Any, cops: Any, **changes: Any) -> Snapshot:
        weights = changes.pop("weights", {})
        values: dict[str, Any] = {
            "issue_types": (CARD, LOAN),
            "parameters": MatchingParameters(**{"time_limit_seconds": 30.0, **weights}),
        }
        return Snapshot(NOON, tuple(conversations), tuple(cops), **{**values, **changes})

    return make
