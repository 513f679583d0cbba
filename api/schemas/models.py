"""Models as the outside sees them: their states, what the gate said, what a shadow would change, and drift."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from pydantic import Field

from api.schemas.base import Given, Key, Reason, Shown
from routing.domain.comparison import Assessment
from routing.domain.drift import DriftCheck, Measured
from routing.domain.events import Event
from routing.domain.issue import Decision
from routing.domain.model import Model, ModelState
from routing.services.models import Promotion


class PromotionRequest(Given):
    """With `force` the gate's word is heard and overruled; `reason` is then required."""

    force: bool = Field(default=False, strict=True)
    reason: Reason | None = None


class RollbackRequest(Given):
    """Why; kept in the history. With `leaving` only that version is rolled back from, however often this is sent."""

    reason: Reason | None = None
    leaving: Key | None = None


class StoredFileReply(Shown):
    """A file of a model, below the models folder."""

    path: str
    sha256: str


class ModelReply(Shown):
    """One version."""

    version: str
    state: ModelState
    registered_at: datetime
    registered_by: str
    changed_at: datetime
    changed_by: str
    previous: str | None = Field(description="which was live before it")
    digest: str = Field(description="SHA-256 of its manifest, which holds those of its files")
    reports: list[StoredFileReply]

    @classmethod
    def of(cls, model: Model) -> Self:
        """One row."""
        return cls(**_shown(model))


class ModelsReply(Shown):
    """Every registered model, newest first."""

    items: list[ModelReply]


class ModelEventReply(Shown):
    """Something that happened to a model."""

    kind: str
    at: datetime
    actor: str
    data: dict[str, Any]


class ModelDetailReply(ModelReply):
    """A model with what training found, its gate's thresholds and its history."""

    facts: dict[str, Any]
    thresholds: dict[str, Any]
    assessment: dict[str, Any] | None = Field(description="what the promotion gate last said")
    changed_files: list[str] = Field(description="files that are no longer what was registered")
    history: list[ModelEventReply]

    @classmethod
    def of_all(cls, model: Model, changed: Sequence[str], history: Sequence[Event]) -> Self:
        """A model in full."""
        return cls(
            **_shown(model),
            facts=dict(model.facts),
            thresholds=dict(model.thresholds),
            assessment=None if model.assessment is None else dict(model.assessment),
            changed_files=list(changed),
            history=[_event(event) for event in history],
        )


class SliceReply(Shown):
    """One kind of message: how many each model is right on, and how likely so many losses are by chance."""

    name: str
    messages: int
    right_before: int
    right_now: int
    lost: int
    won: int
    chance: float
    worse: bool


class AssessmentReply(Shown):
    """What the promotion gate said."""

    model: str
    live: str | None
    passed: bool
    reasons: list[str]
    slices: list[SliceReply]
    alpha: float
    accuracy: float | None
    accuracy_before: float | None


class PromotionReply(Shown):
    """What became of it: `promoted` is false where the gate refused."""

    promoted: bool
    previous: str | None
    model: ModelReply
    assessment: AssessmentReply

    @classmethod
    def of(cls, outcome: Promotion) -> Self:
        """The outcome with the gate's reasons."""
        return cls(
            promoted=outcome.promoted,
            previous=outcome.previous,
            model=ModelReply.of(outcome.model),
            assessment=_assessment(outcome.assessment),
        )


class ChangeReply(Shown):
    """How many messages would be `now` that are `before`."""

    before: str
    now: str
    messages: int


class TypeAgreementReply(Shown):
    """Messages of one issue type by the live model, and how many the shadow calls the same."""

    issue_type: str
    messages: int
    same: int


class DifferingReply(Shown):
    """One message on which the two differ."""

    conversation_id: str
    at: datetime
    live_model: str
    live_issue_type: str
    live_decision: Decision
    live_confidence: float
    issue_type: str | None
    decision: Decision | None
    confidence: float | None


class ShadowReply(Shown):
    """What a shadow would change; `agreement` is of issue type and decision together, its interval at 95 %."""

    model: str
    messages: int
    failures: dict[str, int]
    same_type: int
    same_decision: int
    agreement: float | None
    agreement_interval: tuple[float, float]
    by_type: list[TypeAgreementReply]
    types: list[ChangeReply]
    decisions: list[ChangeReply]
    sample: list[DifferingReply]


class MeasureReply(Shown):
    """One thing watched; `value` is null where there was too little to measure."""

    name: Measured
    value: float | None
    limit: float | None
    rows: int
    alarm: bool
    detail: str


class DriftReply(Shown):
    """The newest check of the live model."""

    model: str | None
    checked_at: datetime | None
    measures: list[MeasureReply]

    @classmethod
    def of(cls, check: DriftCheck | None) -> Self:
        """A check, or that there was none yet."""
        if check is None:
            return cls(model=None, checked_at=None, measures=[])
        measures = [MeasureReply.model_validate(measure) for measure in check.measures]
        return cls(model=check.model, checked_at=check.at, measures=measures)


def _shown(model: Model) -> Mapping[str, Any]:
    names = ("state", "registered_at", "registered_by", "changed_at", "changed_by", "previous", "digest")
    reports = [StoredFileReply.model_validate(file) for file in model.reports]
    return {"version": model.id, "reports": reports, **{name: getattr(model, name) for name in names}}


def _event(event: Event) -> ModelEventReply:
    return ModelEventReply(kind=str(event.kind), at=event.at, actor=event.actor, data=dict(event.data))


def _assessment(found: Assessment) -> AssessmentReply:
    return AssessmentReply.model_validate(found)
