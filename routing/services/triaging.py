"""Triage batch after batch: while one is being stored, the next is being read and classified."""

from concurrent.futures import Future, ThreadPoolExecutor

from routing.domain.conversation import ConversationId
from routing.ports import Classifier
from routing.services import triage
from routing.services.context import Context
from routing.services.rehearsing import rehearse

FULL_ENOUGH = triage.MOST_AT_ONCE // 4


class Triaging:
    """Keeps the classifier and the database busy at the same time: one after the other they would wait for each other.

    For one thread. No conversation is in two batches at once; what a batch failed with while it was stored is raised
    by the step behind it, and its conversations are taken again.
    """

    def __init__(self, context: Context, classifier: Classifier) -> None:
        self._context, self._classifier = context, classifier
        self._rehearsed = False
        self._storer = ThreadPoolExecutor(1, "triage-store")
        self._storing: Future[int] | None = None
        self._under_way: frozenset[ConversationId] = frozenset()

    def step(self) -> bool:
        """One batch, after a rehearsal before the first; whether the next one need not wait for more to come."""
        if not self._rehearsed:
            rehearse(self._context, self._classifier)
            self._rehearsed = True
        batch = triage.taken(self._context, self._under_way)
        if batch is None:
            self._settle()
            return False
        triages = triage.classified(self._context, self._classifier, batch)
        self._settle()
        self._under_way = frozenset(each.id for each in batch.received)
        self._storing = self._storer.submit(triage.keep, self._context, self._classifier, batch, triages)
        # Where few came since the last batch, the next one waits for more: together they are cheaper.
        return len(batch.received) >= FULL_ENOUGH

    def close(self) -> None:
        """Wait until the last batch is stored."""
        self._storer.shutdown()

    def _settle(self) -> None:
        """Wait until the batch before is stored."""
        storing, self._storing = self._storing, None
        try:
            if storing is not None:
                storing.result()
        finally:
            self._under_way = frozenset()
