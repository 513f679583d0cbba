"""Messages asked about at the same time share one batch of the encoder."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from routing.domain.drift import Cloud, DriftReference
from routing.domain.errors import Unavailable
from routing.domain.issue import Taxonomy, Triage
from routing.ports import Classifier, Embedder, Utterance


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """`most_together`: messages a batch. `most_waiting`: messages that may wait for their batch; more are refused."""

    most_together: int = 32
    most_waiting: int = 256
    patience_seconds: float = 10.0

    def __post_init__(self) -> None:
        if self.most_together < 1 or self.most_waiting < 1 or self.patience_seconds <= 0:
            raise ValueError(f"every limit must be above 0: {self}")


@dataclass(slots=True, eq=False)
class _Ask:
    """One message that waits for its triage; it ends with an answer or an error."""

    utterance: Utterance
    taxonomy: Taxonomy
    at: datetime
    answer: Triage | None = None
    error: Exception | None = None

    @property
    def done(self) -> bool:
        return self.answer is not None or self.error is not None

    def result(self) -> Triage:
        if self.answer is None:
            raise self.error or Unavailable("the message was not classified")
        return self.answer


class Underneath(Classifier, Embedder, Protocol):
    """The model in service: what classifies, and what says where messages lie."""


class MicroBatching:
    """ports.Classifier and ports.Embedder over the model in service.

    A lone message goes straight through: nobody waits for company that may not come. While a batch runs, those that
    arrive gather, and go together in the next one; one of their own threads runs it, so there is nothing to start or
    to stop. Calls with several messages are batches already, and pass.
    """

    def __init__(self, classifier: Underneath, limits: BatchLimits | None = None) -> None:
        self._classifier, self._limits = classifier, limits or BatchLimits()
        self._waiting: deque[_Ask] = deque()
        self._changed = threading.Condition()
        self._busy = False

    @property
    def version(self) -> str:
        """As the classifier underneath."""
        return self._classifier.version

    def similar(self, text: str, cases: Sequence[str], most: int) -> list[tuple[int, float]]:
        """As the classifier underneath."""
        return self._classifier.similar(text, cases, most)

    def cloud(self, texts: Sequence[str]) -> Cloud | None:
        """As the classifier underneath."""
        return self._classifier.cloud(texts)

    def reference(self, texts: Sequence[str]) -> DriftReference:
        """As the classifier underneath."""
        return self._classifier.reference(texts)

    def classify(self, utterances: Sequence[Utterance], taxonomy: Taxonomy, at: datetime) -> list[Triage]:
        """One triage an utterance. Raises what its own message causes, or Unavailable when too many wait already."""
        if len(utterances) != 1:
            return self._classifier.classify(utterances, taxonomy, at)
        ask = _Ask(utterances[0], taxonomy, at)
        self._join(ask)
        while batch := self._turn(ask):
            self._run(batch)
        return [ask.result()]

    def _join(self, ask: _Ask) -> None:
        with self._changed:
            if len(self._waiting) >= self._limits.most_waiting:
                raise Unavailable(f"{len(self._waiting)} messages wait to be classified already; try again")
            self._waiting.append(ask)

    def _turn(self, ask: _Ask) -> list[_Ask]:
        """Wait until `ask` is done (nothing to run) or it is this thread's turn to run the next batch."""
        with self._changed:
            if not self._changed.wait_for(lambda: ask.done or not self._busy, self._limits.patience_seconds):
                if ask in self._waiting:
                    self._waiting.remove(ask)
                raise Unavailable(f"no answer within {self._limits.patience_seconds:g} s; try again")
            if ask.done:
                return []
            self._busy = True
            return self._next_batch()

    def _next_batch(self) -> list[_Ask]:
        """The longest-waiting message and those behind it that are asked about the same taxonomy."""
        batch = [self._waiting.popleft()]
        while self._waiting and len(batch) < self._limits.most_together:
            if self._waiting[0].taxonomy is not batch[0].taxonomy:
                break
            batch.append(self._waiting.popleft())
        return batch

    def _run(self, batch: Sequence[_Ask]) -> None:
        try:
            _answer(self._classifier, batch)
        finally:
            with self._changed:
                self._busy = False
                self._changed.notify_all()


def _answer(classifier: Classifier, batch: Sequence[_Ask]) -> None:
    try:
        triages = classifier.classify([ask.utterance for ask in batch], batch[0].taxonomy, batch[0].at)
        for ask, triage in zip(batch, triages, strict=True):
            ask.answer = replace(triage, at=ask.at)
    except Exception as error:
        if len(batch) == 1:
            batch[0].error = error
            return
        # One message must not fail the others: each meets its own error, alone.
        for ask in batch:
            ask.answer = None
            _answer(classifier, [ask])
