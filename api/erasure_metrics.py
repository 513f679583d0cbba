"""What Prometheus sees of erasure and retention: what was begun and is not done, and what should be gone by now."""

import logging
import time
from collections.abc import Callable, Iterator

from prometheus_client.core import Metric

from api.series import Reading, by, gauge
from routing.ports import ErasureRecords
from routing.services import erasing_again, erasure, retention
from routing.services.context import Context

NEWEST = 100
LOOK_EVERY_SECONDS = 600.0
_log = logging.getLogger("pointsman.api")


class ErasureCollector(Reading):
    """Reads the newest receipts at each scrape; now and then what is overdue, and all that `records` holds."""

    def __init__(
        self, context: Context, records: ErasureRecords | None, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(context)
        self._records, self._seconds, self._looked_at = records, seconds, -LOOK_EVERY_SECONDS
        self._seldom: list[Metric] = []

    def collect(self) -> Iterator[Metric]:
        """Every series that can be read; none of the store while it does not answer."""
        yield from self._measured(self._begun)
        if self._seconds() - self._looked_at >= LOOK_EVERY_SECONDS:
            self._looked_at = self._seconds()
            self._seldom = [*self._measured(self._late), *self._measured(self._unknown)]
        yield from self._seldom

    def _begun(self) -> Metric:
        begun = [each for each in erasure.receipts(self._context, NEWEST) if each.done_at is None]
        return gauge("erasures_begun", f"Of the newest {NEWEST} erasures: begun, and not done", len(begun))

    def _late(self) -> Metric:
        late = {str(kept): float(count) for kept, count in retention.late(self._context).items()}
        return by("retention_late", "Conversations a day past a deadline (at most 1,000 each)", "kept", late)

    def _unknown(self) -> Metric:
        unknown = [] if self._records is None else erasing_again.unknown(self._context.store, self._records)
        return gauge("erasures_unknown", "Recorded erasures not done, as far as the database knows", len(unknown))

    def _measured(self, read: Callable[[], Metric]) -> list[Metric]:
        try:
            return [read()]
        except Exception as error:
            _log.error("erasure cannot be measured: %s", type(error).__qualname__)
            return []
