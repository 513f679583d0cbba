"""What a report says: where the model comes from, what was measured on what, and what reviewing costs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from encoders.training.evaluation import Report
from encoders.training.learning_curve import LearningPoint

_FEW_ROWS = 20
_SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class ReviewCost:
    """What is assumed of reviewing: seconds of a person for one message, and messages a day."""

    seconds_per_item: float = 30.0
    messages_per_day: int = 10_000

    def __post_init__(self) -> None:
        if not 0 < self.seconds_per_item <= 86_400:
            raise ValueError(f"review seconds: {self.seconds_per_item} is not allowed; above 0 and at most 86400")
        if not 0 < self.messages_per_day <= 1_000_000_000:
            raise ValueError(f"messages a day: {self.messages_per_day} is not allowed; 1 to 1000000000")

    def items(self, share_auto: float) -> float:
        """Messages a day that people look at."""
        return (1.0 - share_auto) * self.messages_per_day

    def hours(self, share_auto: float) -> float:
        """Hours of people a day."""
        return self.items(share_auto) * self.seconds_per_item / _SECONDS_AN_HOUR


@dataclass(frozen=True, slots=True)
class Origin:
    """Which model it is and what it was made of; `threshold` is none where everything is reviewed.

    `languages`: those that training found in the messages it was judged on.
    """

    version: str
    mode: str
    encoder: str
    seed: int | None
    examples: int
    examples_digest: str
    issue_types: int
    created_at: str
    created_by: str
    threshold: float | None
    novelty_threshold: float
    gate_note: str
    languages: tuple[str, ...] = ()

    @classmethod
    def of(cls, version: str, manifest: Mapping[str, Any]) -> "Origin":
        """From a model folder's manifest."""
        training, gate = manifest["training"], manifest["gate"]
        return cls(
            version=version,
            mode=str(training.get("mode", "fast")),
            encoder=str(manifest["encoder"]["name"]),
            seed=training.get("seed"),
            examples=int(training.get("examples", 0)),
            examples_digest=str(training.get("examples_digest", "")),
            issue_types=len(manifest["issue_types"]),
            created_at=str(manifest["created_at"]),
            created_by=str(manifest["created_by"]),
            threshold=gate["threshold"],
            novelty_threshold=float(gate["novelty_threshold"]),
            gate_note=str(gate["note"]),
            languages=tuple(training.get("languages", ())),
        )


@dataclass(frozen=True, slots=True)
class ModelReport:
    """One model, measured once. `measured_on`: in words, what the messages were."""

    origin: Origin
    measured: Report
    measured_on: str
    measured_at: datetime
    cost: ReviewCost = ReviewCost()
    learning: tuple[LearningPoint, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def not_for(self) -> tuple[str, ...]:
        """What the model may not be used for."""
        spoken = [row.name for row in self.measured.slices if row.dimension == "language"]
        return tuple(_not_for(self.measured, spoken or self.origin.languages))

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "format": "pointsman-report",
            "format_version": 1,
            **asdict(self),
            "measured_at": self.measured_at.isoformat(timespec="seconds"),
            "review": {
                "messages_per_day": self.cost.items(self.measured.share_auto),
                "hours_per_day": self.cost.hours(self.measured.share_auto),
            },
            "not_for": list(self.not_for),
        }


def _not_for(measured: Report, spoken: Sequence[str]) -> Sequence[str]:
    return [
        "Deciding anything about a customer, such as a refund, a block or a limit. It says what a message is about, "
        "and nothing about the person who wrote it.",
        "Finding vulnerable customers or fraud in progress. A detector of its own does that, and it comes first.",
        _languages(spoken),
        "Messages that do not come like the measured ones: after a launch, an incident or a new channel the figures "
        "here are the past. Watch the blind sample of automatic decisions, and measure again.",
        *_rare(measured),
    ]


def _languages(spoken: Sequence[str]) -> str:
    if not spoken:
        return "Other languages than those of its training messages. No language was recorded for the messages here."
    return f"Other languages than {', '.join(spoken)}: it was measured on no other."


def _rare(measured: Report) -> Sequence[str]:
    rare = sum(0 < row.rows < _FEW_ROWS for row in measured.classes)
    if not rare:
        return ()
    types = "issue type was" if rare == 1 else "issue types were"
    return (
        f"Judging single issue types by few messages: {rare} {types} measured on fewer than {_FEW_ROWS} messages, "
        "and their rows say little.",
    )
