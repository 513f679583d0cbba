"""A shadow's answer beside the live model's, and what many of them say together."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from routing.domain.chance import wilson
from routing.domain.issue import Decision
from routing.domain.model import ModelId

SKIPPED = "skipped"
"""The failure of a message that the shadow left out, because it was behind."""
NOT_LOADED = "not loaded"
"""The failure of a message that came before the shadow was there, or because it does not load."""


@dataclass(frozen=True, slots=True)
class ShadowTriage:
    """One message. Where the shadow gave no answer, `failure` names the kind of error and its side is None."""

    conversation_id: str
    at: datetime
    model: ModelId
    live_model: str
    live_issue_type: str
    live_decision: Decision
    live_confidence: float
    issue_type: str | None = None
    decision: Decision | None = None
    confidence: float | None = None
    failure: str | None = None

    @property
    def agrees(self) -> bool:
        """The same issue type and the same decision."""
        return (self.issue_type, self.decision) == (self.live_issue_type, self.live_decision)


@dataclass(frozen=True, slots=True)
class TypeAgreement:
    """Messages of one issue type by the live model, and how many of them the shadow calls the same."""

    issue_type: str
    messages: int
    same: int


@dataclass(frozen=True, slots=True)
class Change:
    """How often `before` (issue type, or decision) became `now`."""

    before: str
    now: str
    messages: int


@dataclass(frozen=True, slots=True)
class Differences:
    """What a shadow would change: shares lie between 0 and 1, `agreement_interval` at 95 %.

    `sample` holds the newest messages on which the two differ.
    """

    model: ModelId
    messages: int
    failures: dict[str, int]
    same_type: int
    same_decision: int
    agreement: float | None
    agreement_interval: tuple[float, float]
    by_type: tuple[TypeAgreement, ...]
    types: tuple[Change, ...]
    decisions: tuple[Change, ...]
    sample: tuple[ShadowTriage, ...]


def differences(model: ModelId, rows: Sequence[ShadowTriage], most: int) -> Differences:
    """Sum up `rows`, newest first; at most `most` of each kind of difference are listed, the frequent ones first."""
    answered = [row for row in rows if row.failure is None]
    agreeing = sum(row.agrees for row in answered)
    moved = Counter((row.live_issue_type, str(row.issue_type)) for row in answered)
    decided = Counter((str(row.live_decision), str(row.decision)) for row in answered)
    return Differences(
        model=model,
        messages=len(answered),
        failures=dict(Counter(row.failure for row in rows if row.failure is not None)),
        same_type=sum(count for (before, now), count in moved.items() if before == now),
        same_decision=sum(count for (before, now), count in decided.items() if before == now),
        agreement=agreeing / len(answered) if answered else None,
        agreement_interval=wilson(agreeing, len(answered)),
        by_type=_by_type(moved),
        types=_changes(moved)[:most],
        decisions=_changes(decided),
        sample=tuple(row for row in answered if not row.agrees)[:most],
    )


def _by_type(moved: Counter[tuple[str, str]]) -> tuple[TypeAgreement, ...]:
    seen = Counter[str]()
    for (before, _), count in moved.items():
        seen[before] += count
    found = [TypeAgreement(key, count, moved[key, key]) for key, count in seen.items()]
    return tuple(sorted(found, key=lambda each: (each.same - each.messages, each.issue_type)))


def _changes(counted: Counter[tuple[str, str]]) -> tuple[Change, ...]:
    changed = [Change(*pair, count) for pair, count in counted.items() if pair[0] != pair[1]]
    return tuple(sorted(changed, key=lambda each: (-each.messages, each.before, each.now)))
