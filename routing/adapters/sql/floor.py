"""COps' presence and slots, and how long work takes, as rows; the database refuses load above capacity."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from routing.adapters.sql import rows
from routing.adapters.sql.tables import cop_presence, cop_slots, handle_times
from routing.domain.cop import Channel, Cop, CopId, CopStatus, Presence
from routing.domain.errors import CapacityExceeded, NotFound
from routing.domain.outcome import HandleTimeStatistics, HandleTimeTally

_CHANNELS = {str(channel): channel for channel in Channel}


def _larger(one: sa.ColumnElement[int], other: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.case((one > other, one), else_=other)


# Put together once: that takes longer than running them.
_C = cop_slots.c
_SLOT = sa.and_(_C.cop_id == sa.bindparam("the_cop"), _C.channel == sa.bindparam("the_channel"))
_RESERVED = sa.update(cop_slots).where(_SLOT, _C.load < _C.capacity).values(load=_C.load + 1)
_FREE = sa.select(_C.cop_id, _C.channel, _C.capacity - _C.load)
# In one order, so that two who reserve or release the same slots wait for each other and not in a circle.
_LOCKED = _FREE.where(_C.cop_id.in_(sa.bindparam("the_cops", expanding=True))).order_by(_C.cop_id, _C.channel)
_TAKEN = sa.update(cop_slots).where(_SLOT).values(load=_C.load + sa.bindparam("taken"))
_RELEASED = sa.update(cop_slots).where(_SLOT).values(load=_C.load - 1, ceiling=_larger(_C.load - 1, _C.capacity))


class SqlCops:
    """ports.Cops."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def sync(self, roster: Iterable[Cop]) -> None:
        """Take over the roster and its capacities; a COp who holds more than a lowered capacity keeps it until done."""
        known = {row.cop_id for row in self._connection.execute(sa.select(cop_presence.c.cop_id))}
        slots = {(row.cop_id, row.channel): row for row in self._connection.execute(sa.select(cop_slots))}
        for cop in roster:
            if cop.id not in known:
                offline = {"cop_id": cop.id, "presence": str(Presence.OFFLINE), "since": None}
                self._connection.execute(sa.insert(cop_presence).values(offline))
            for channel in Channel:
                wanted = cop.capacity.get(channel, 0)
                slot = slots.get((cop.id, channel))
                if slot is None:
                    values = {
                        "cop_id": cop.id,
                        "channel": str(channel),
                        "capacity": wanted,
                        "ceiling": wanted,
                        "load": 0,
                    }
                    self._connection.execute(sa.insert(cop_slots).values(values))
                elif slot.capacity != wanted:
                    self._set_capacity(cop.id, channel, wanted)

    def statuses(self, ids: Collection[CopId] | None = None) -> list[CopStatus]:
        slots: dict[str, tuple[dict[Channel, int], dict[Channel, int]]] = {}
        columns = sa.select(cop_slots.c.cop_id, cop_slots.c.channel, cop_slots.c.load, cop_slots.c.capacity)
        query = sa.select(cop_presence).order_by(cop_presence.c.cop_id)
        if ids is not None:
            columns, query = columns.where(cop_slots.c.cop_id.in_(ids)), query.where(cop_presence.c.cop_id.in_(ids))
        for cop_id, channel, held, most in self._connection.execute(columns):
            load, capacity = slots.setdefault(cop_id, ({}, {}))
            load[_CHANNELS[channel]], capacity[_CHANNELS[channel]] = held, most
        if self._writes:
            # Who leaves has to wait for the offers made on the strength of this, and then finds and returns them.
            query = query.with_for_update(read=True)
        return [
            CopStatus(CopId(row.cop_id), Presence(row.presence), row.since, *slots.get(row.cop_id, ({}, {})))
            for row in self._connection.execute(query)
        ]

    def status(self, cop_id: CopId) -> CopStatus:
        row = self._connection.execute(sa.select(cop_presence).where(cop_presence.c.cop_id == cop_id)).first()
        if row is None:
            raise NotFound("COp", cop_id)
        slots = list(self._connection.execute(sa.select(cop_slots).where(cop_slots.c.cop_id == cop_id)))
        load = {Channel(slot.channel): slot.load for slot in slots}
        capacity = {Channel(slot.channel): slot.capacity for slot in slots}
        return CopStatus(cop_id, Presence(row.presence), row.since, load, capacity)

    def set_presence(self, cop_id: CopId, presence: Presence, at: datetime) -> None:
        statement = sa.update(cop_presence).where(cop_presence.c.cop_id == cop_id)
        if self._connection.execute(statement.values(presence=str(presence), since=at)).rowcount != 1:
            raise NotFound("COp", cop_id)

    def reserve(self, cop_id: CopId, channel: Channel) -> None:
        if self._connection.execute(_RESERVED, _slot(cop_id, channel)).rowcount != 1:
            raise CapacityExceeded(cop_id, channel)

    def reserve_all(self, slots: Sequence[tuple[CopId, Channel]]) -> list[bool]:
        if not slots:
            return []
        free = self._free({cop_id for cop_id, _ in slots})
        taken, reserved = Counter[tuple[str, str]](), []
        for cop_id, channel in slots:
            slot = (str(cop_id), str(channel))
            reserved.append(taken[slot] < free.get(slot, 0))
            taken[slot] += reserved[-1]
        values = [{"the_cop": cop, "the_channel": channel, "taken": n} for (cop, channel), n in (+taken).items()]
        if values:
            self._connection.execute(_TAKEN, values)
        return reserved

    def release(self, cop_id: CopId, channel: Channel) -> None:
        self.release_all([(cop_id, channel)])

    def release_all(self, slots: Sequence[tuple[CopId, Channel]]) -> None:
        if slots:
            self._connection.execute(_RELEASED, [_slot(*slot) for slot in sorted(slots)])

    def _free(self, cop_ids: set[CopId]) -> dict[tuple[str, str], int]:
        """The free places of these, which nobody else changes any more before the end of the transaction."""
        found = self._connection.execute(_LOCKED.with_for_update(), {"the_cops": sorted(cop_ids)})
        return {(cop_id, channel): free for cop_id, channel, free in found}

    @property
    def _writes(self) -> bool:
        return not self._connection.get_execution_options().get("pointsman_read_only", False)

    def _set_capacity(self, cop_id: CopId, channel: Channel, wanted: int) -> None:
        ceiling = _larger(cop_slots.c.load, sa.literal(wanted))
        statement = sa.update(cop_slots).where(_SLOT).values(capacity=wanted, ceiling=ceiling)
        self._connection.execute(statement, _slot(cop_id, channel))


_PAIR = sa.and_(handle_times.c.issue_type == sa.bindparam("the_type"), handle_times.c.cop_id == sa.bindparam("the_cop"))
_OF_PAIR = sa.select(handle_times).where(_PAIR)
_TALLY = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(handle_times.c.count), 0))
_PAIR_SAVED = sa.update(handle_times).where(_PAIR)
_KEY = sa.tuple_(handle_times.c.issue_type, handle_times.c.cop_id)
_OF_PAIRS = sa.select(handle_times).where(_KEY.in_(sa.bindparam("the_pairs", expanding=True)))
_IN_ORDER = _OF_PAIRS.order_by(handle_times.c.issue_type, handle_times.c.cop_id)


class SqlHandleTimes:
    """ports.HandleTimes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[HandleTimeStatistics]:
        query = sa.select(handle_times).order_by(handle_times.c.issue_type, handle_times.c.cop_id)
        return [HandleTimeStatistics(**values) for values in rows.every(self._connection.execute(query))]

    def tally(self) -> HandleTimeTally:
        return HandleTimeTally(*self._connection.execute(_TALLY).one())

    def get(self, issue_type: str, cop_id: str) -> HandleTimeStatistics:
        asked = {"the_type": issue_type, "the_cop": cop_id}
        row = self._connection.execute(self._locking(_OF_PAIR), asked).first()
        return HandleTimeStatistics(**rows.columns(row)) if row else HandleTimeStatistics(issue_type, cop_id)

    def get_many(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], HandleTimeStatistics]:
        wanted = sorted(set(pairs))
        known = {pair: HandleTimeStatistics(*pair) for pair in wanted}
        for chunk in rows.chunks(wanted):
            found = self._connection.execute(self._locking(_IN_ORDER), {"the_pairs": list(chunk)})
            known |= {(row["issue_type"], row["cop_id"]): HandleTimeStatistics(**row) for row in rows.every(found)}
        return known

    def save(self, statistics: HandleTimeStatistics) -> None:
        values = rows.values_of(statistics)
        asked = {"the_type": statistics.issue_type, "the_cop": statistics.cop_id}
        if self._connection.execute(_PAIR_SAVED, {**values, **asked}).rowcount == 0:
            rows.add(self._connection, handle_times, values)

    def save_all(self, statistics: Sequence[HandleTimeStatistics]) -> None:
        if len(statistics) == 1:
            self.save(statistics[0])
            return
        values = {(each.issue_type, each.cop_id): rows.values_of(each) for each in statistics}
        known: set[tuple[str, str]] = set()
        for chunk in rows.chunks(values):
            pairs = self._connection.execute(_IN_ORDER, {"the_pairs": list(chunk)})
            known |= {(row["issue_type"], row["cop_id"]) for row in rows.every(pairs)}
        rows.add_all(self._connection, handle_times, [each for pair, each in values.items() if pair not in known])
        if known:
            saved = [{**values[pair], "the_type": pair[0], "the_cop": pair[1]} for pair in sorted(known)]
            self._connection.execute(_PAIR_SAVED, saved)

    def clear(self) -> None:
        self._connection.execute(sa.delete(handle_times))

    def _locking(self, query: sa.Select[Any]) -> sa.Select[Any]:
        read_only = self._connection.get_execution_options().get("pointsman_read_only", False)
        return query if read_only else query.with_for_update()


def _slot(cop_id: CopId, channel: Channel) -> dict[str, str]:
    return {"the_cop": cop_id, "the_channel": str(channel)}
