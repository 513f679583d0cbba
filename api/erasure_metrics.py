"""What Prometheus sees of erasure and retention: what was begun and is not done, and what should be gone by now."""

import logging
import time
from collections.abc import Callable, Iterator

from prometheus_client.core import Metric

from api.series import Reading, by, gauge
from routing.services import erasure, retention
from routing.services.context import Context

NEWEST = 100
LOOK_EVERY_SECONDS = 600.0
_log = logging.getLogger("pointsman.api")


class ErasureCollector(Reading):
    """Reads the receipts at each scrape, and what is overdue now and then: that asks a question for each deadline."""

    def __init__(self, context: Context, seconds: Callable[[], float] = time.monotonic) -> None:
        super().__init__(context)
        self._seconds, self._looked_at = seconds, -LOOK_EVERY_SECONDS
        self._late: dict[str, float] = {}

    def collect(self) -> Iterator[Metric]:
        """Both series; none while the store does not answer."""
        try:
            begun = [each for each in erasure.receipts(self._context, NEWEST) if each.done_at is None]
            late = self._overdue()
        except Exception as error:
            _log.error("erasure cannot be measured: %s", type(error).__qualname__)
            return
        yield gauge("erasures_begun", f"Of the newest {NEWEST} erasures: begun, and not done", len(begun))
        yield by("retention_late", "Conversations a day past a deadline (at most 1,000 each)", "kept", late)

    def _overdue(self) -> dict[str, float]:
        if self._seconds() - self._looked_at >= LOOK_EVERY_SECONDS:
            self._looked_at = self._seconds()
            self._late = {str(kept): count for kept, count in retention.late(self._context).items()}
        return self._late
