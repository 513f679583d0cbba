"""What understands messages: masking, the classifier, and where messages lie to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from routing.domain.drift import Cloud, DriftReference
from routing.domain.issue import Taxonomy, Triage


class Masker(Protocol):
    """Normalises a message and takes personal data out of it; tells what of it is worth reading."""

    def mask(self, text: str) -> str: ...
    def gist(self, messages: Sequence[str]) -> str:
        """The customer's own words in their newest messages (masked, oldest first): no quotes, no signatures."""
        ...


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a classifier reads of a conversation: the customer's words, masked, and the languages its market speaks.

    `conversation_id` is None where nothing is stored: a message that is only tried. `messages` are the newest messages
    that `text` is the gist of, oldest first; where none are given, `text` is the only one. `market`: where it was
    written, None where that is not known.
    """

    text: str
    languages: tuple[str, ...]
    conversation_id: str | None = None
    messages: tuple[str, ...] = ()
    market: str | None = None


class Classifier(Protocol):
    """Understands messages; the gate's thresholds travel with it."""

    @property
    def version(self) -> str: ...

    def classify(self, utterances: Sequence[Utterance], taxonomy: Taxonomy, at: datetime) -> list[Triage]: ...

    def similar(self, text: str, cases: Sequence[str], most: int) -> list[tuple[int, float]]:
        """Positions in `cases` nearest in meaning to `text`, with cosine similarity, nearest first."""
        ...


class Embedder(Protocol):
    """The model in service, asked only where messages lie."""

    @property
    def version(self) -> str: ...
    def cloud(self, texts: Sequence[str]) -> Cloud | None:
        """None for no message."""
        ...

    def reference(self, texts: Sequence[str]) -> DriftReference: ...
