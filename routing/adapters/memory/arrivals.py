"""Counts of conversations by when they began, in memory."""

from collections import Counter
from datetime import UTC, datetime

from routing.adapters.memory.rows import Tables
from routing.domain.market import Markets
from routing.ports.arrivals import Arrived


class MemoryArrivals:
    """The twin of `ports.Arrivals`."""

    def __init__(self, tables: Tables) -> None:
        self._conversations = tables.conversations

    def since(self, at: datetime, within: Markets = None) -> list[Arrived]:
        """By market, issue type and hour."""
        counts = Counter(
            (each.market, each.issue_type or "", each.received_at.astimezone(UTC).hour)
            for each in self._conversations
            if each.received_at >= at and (within is None or each.market in within)
        )
        return [Arrived(market, kind or None, hour, n) for (market, kind, hour), n in sorted(counts.items())]
