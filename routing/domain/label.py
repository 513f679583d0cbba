"""Labels: what people said a message is, kept to teach the classifier."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class LabelSource(StrEnum):
    """Where a label came from."""

    VERDICT = "verdict"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Label:
    """One masked text with the type a person gave it; None means outside the taxonomy."""

    id: str
    text: str
    issue_type: str | None
    source: LabelSource
    conversation_id: str
    decided_by: str
    at: datetime
