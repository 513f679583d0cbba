"""The shadow's backlog: bounded, and never in the live model's way."""

import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from routing.domain.issue import Triage
from routing.ports import Utterance
from routing.services.shadow import Batch, shadowed

MOST_BATCHES = 32
MOST_SKIPPED = 1_000

log = logging.getLogger(__name__)


class ShadowBacklog:
    """services.shadow.Backlog in memory: what finds no room is skipped, and loses its words at once."""

    def __init__(self, most: int = MOST_BATCHES) -> None:
        self._batches: deque[Batch] = deque()
        self._skipped: deque[Batch] = deque(maxlen=MOST_SKIPPED)
        self._most, self._wanted = most, False
        self._lock = threading.Lock()

    def listen(self, wanted: bool) -> None:
        """Keep batches from now on, or forget those that wait."""
        self._wanted = wanted
        if not wanted:
            with self._lock:
                self._batches.clear()
                self._skipped.clear()

    def heard(self, utterances: Sequence[Utterance], triages: Sequence[Triage]) -> None:
        """What the live model just answered. Costs one append; raises nothing."""
        if not self._wanted:
            return
        try:
            self._keep(shadowed(utterances, triages))
        except Exception as error:  # the live answer must leave, whatever becomes of the shadow's copy
            log.error("a batch is not shown to the shadow: %s", type(error).__name__)

    def take(self) -> Batch | None:
        """The oldest batch."""
        with self._lock:
            return self._batches.popleft() if self._batches else None

    def take_skipped(self) -> list[Batch]:
        """Batches that found no room since the last call."""
        with self._lock:
            found = list(self._skipped)
            self._skipped.clear()
        return found

    def _keep(self, batch: Batch | None) -> None:
        if batch is None:
            return
        with self._lock:
            if len(self._batches) < self._most:
                self._batches.append(batch)
            else:
                self._skipped.append(replace(batch, utterances=tuple(_wordless(one) for one in batch.utterances)))


def _wordless(utterance: Utterance) -> Utterance:
    return replace(utterance, text="", messages=())
