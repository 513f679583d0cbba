"""Counts of conversations by when they began, from rows."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from routing.adapters.sql.tables import conversations
from routing.domain.market import Markets
from routing.ports.arrivals import Arrived


class SqlArrivals:
    """ports.Arrivals."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def since(self, at: datetime, within: Markets = None) -> list[Arrived]:
        c = conversations.c
        alike = (c.market, c.issue_type, self._hour())
        query = sa.select(*alike, sa.func.count()).where(c.received_at >= at).group_by(*alike)
        if within is not None:
            query = query.where(c.market.in_(sorted(within)))
        found = [Arrived(market, kind, int(hour), n) for market, kind, hour, n in self._connection.execute(query)]
        return sorted(found, key=lambda each: (each.market, each.issue_type or "", each.hour))

    def _hour(self) -> sa.ColumnElement[Any]:
        at = conversations.c.received_at
        # SQLite keeps UTC without saying so; PostgreSQL would take the hour of the session's own time zone.
        if self._connection.dialect.name == "postgresql":
            return sa.func.date_part("hour", sa.func.timezone("UTC", at))
        return sa.func.strftime("%H", at)
