"""Offers and assignments, as rows; the database refuses a second live one for a conversation."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from routing.adapters.sql import rows
from routing.adapters.sql.boundary import of_markets
from routing.adapters.sql.tables import assignments, offers
from routing.adapters.sql.tables.columns import Utc
from routing.domain.conversation import ConversationId
from routing.domain.cop import Channel, CopId
from routing.domain.errors import AlreadyAssigned
from routing.domain.market import Markets
from routing.domain.offer import Assignment, AssignmentId, AssignmentState, Offer, OfferId, OfferState

PENDING = offers.c.state == str(OfferState.PENDING)
ACTIVE = assignments.c.state == str(AssignmentState.ACTIVE)
_HELD = assignments.c.conversation_id.in_(sa.bindparam("held", expanding=True))
_BUSY = sa.select(assignments.c.conversation_id).where(ACTIVE, _HELD)


class SqlOffers:
    """ports.Offers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, offer: Offer) -> None:
        if not self.add_all([offer]):
            raise AlreadyAssigned(offer.conversation_id)

    def add_all(self, offers_: Sequence[Offer]) -> set[OfferId]:
        busy: set[str] = set()
        for chunk in rows.chunks(offer.conversation_id for offer in offers_):
            busy |= set(self._connection.execute(_BUSY, {"held": list(chunk)}).scalars())
        return {
            OfferId(id)
            for id in _added(self._connection, offers, [o for o in offers_ if o.conversation_id not in busy])
        }

    def get(self, id: OfferId) -> Offer:
        return _offer(rows.get(self._connection, offers, id, "offer"))

    def get_many(self, ids: Iterable[OfferId]) -> dict[OfferId, Offer]:
        return {row.id: _offer(row) for row in rows.of_ids(self._connection, offers, ids)}

    def save(self, offer: Offer) -> Offer:
        rows.save(self._connection, offers, rows.values_of(offer), "offer")
        return replace(offer, version=offer.version + 1)

    def save_all(self, offers_: Sequence[Offer]) -> set[OfferId]:
        return {OfferId(id) for id in rows.save_all(self._connection, offers, [rows.values_of(o) for o in offers_])}

    def pending_for_cop(self, cop_id: CopId) -> list[Offer]:
        return self._offers(sa.select(offers).where(PENDING, offers.c.cop_id == cop_id).order_by(offers.c.expires_at))

    def pending_for(self, conversation_id: ConversationId) -> Offer | None:
        found = self._offers(sa.select(offers).where(PENDING, offers.c.conversation_id == conversation_id))
        return found[0] if found else None

    def latest_for(self, conversation_id: ConversationId) -> Offer | None:
        query = sa.select(offers).where(offers.c.conversation_id == conversation_id)
        found = self._offers(query.order_by(offers.c.made_at.desc(), offers.c.id.desc()).limit(1))
        return found[0] if found else None

    def of_tick(self, tick_id: str, conversations: Iterable[ConversationId]) -> list[Offer]:
        found: list[Offer] = []
        for chunk in rows.chunks(conversations):
            mine = sa.and_(offers.c.conversation_id.in_(chunk), offers.c.tick_id == tick_id)
            found += self._offers(sa.select(offers).where(mine))
        return sorted(found, key=lambda offer: offer.conversation_id)

    def due(self, at: datetime, most: int) -> list[Offer]:
        query = sa.select(offers).where(PENDING, offers.c.expires_at <= at)
        return self._offers(query.order_by(offers.c.expires_at).limit(most))

    def pending(self) -> list[Offer]:
        return self._offers(sa.select(offers).where(PENDING).order_by(offers.c.made_at, offers.c.id))

    def count_pending(self, within: Markets = None) -> int:
        query = sa.select(sa.func.count()).where(PENDING, of_markets(offers.c.conversation_id, within))
        return self._connection.execute(query).scalar_one()

    def _offers(self, query: sa.Select[Any]) -> list[Offer]:
        return [_offer(row) for row in self._connection.execute(query)]


class SqlAssignments:
    """ports.Assignments."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, assignment: Assignment) -> None:
        if not self.add_all([assignment]):
            raise AlreadyAssigned(assignment.conversation_id)

    def add_all(self, assignments_: Sequence[Assignment]) -> set[AssignmentId]:
        return {AssignmentId(id) for id in _added(self._connection, assignments, assignments_)}

    def get(self, id: AssignmentId) -> Assignment:
        return _assignment(rows.get(self._connection, assignments, id, "assignment"))

    def get_many(self, ids: Iterable[AssignmentId]) -> dict[AssignmentId, Assignment]:
        return {row.id: _assignment(row) for row in rows.of_ids(self._connection, assignments, ids)}

    def save(self, assignment: Assignment) -> Assignment:
        rows.save(self._connection, assignments, rows.values_of(assignment), "assignment")
        return replace(assignment, version=assignment.version + 1)

    def save_all(self, assignments_: Sequence[Assignment]) -> set[AssignmentId]:
        values = [rows.values_of(assignment) for assignment in assignments_]
        return {AssignmentId(id) for id in rows.save_all(self._connection, assignments, values)}

    def active_for_cop(self, cop_id: CopId) -> list[Assignment]:
        return self._assignments(sa.select(assignments).where(ACTIVE, assignments.c.cop_id == cop_id))

    def active(self) -> list[Assignment]:
        return self._assignments(sa.select(assignments).where(ACTIVE))

    def since(self, at: datetime) -> list[Assignment]:
        return self._assignments(sa.select(assignments).where(assignments.c.started_at >= at))

    def last_busy(self, since: datetime) -> dict[CopId, datetime]:
        ended, began = assignments.c.ended_at, assignments.c.started_at
        busy = sa.func.coalesce(ended, began, type_=Utc)
        # By the columns themselves, for which there are indexes; what began then has not ended before. By the bare COp
        # SQLite would rather walk through all that each of them ever took.
        who = sa.func.coalesce(assignments.c.cop_id, sa.literal_column("''"))
        query = sa.select(who, sa.func.max(busy, type_=Utc)).where((ended >= since) | (began >= since))
        return {CopId(cop_id): at for cop_id, at in self._connection.execute(query.group_by(who))}

    def active_for(self, conversation_id: ConversationId) -> Assignment | None:
        query = sa.select(assignments).where(ACTIVE, assignments.c.conversation_id == conversation_id)
        found = self._assignments(query)
        return found[0] if found else None

    def _assignments(self, query: sa.Select[Any]) -> list[Assignment]:
        return [_assignment(row) for row in self._connection.execute(query.order_by(assignments.c.started_at))]


def _added(connection: Connection, table: sa.Table, work: Sequence[Offer] | Sequence[Assignment]) -> set[str]:
    # What the unique indexes refuse is left out by the statement itself: no savepoint has to be made for it.
    return rows.add_new(connection, table, [rows.values_of(each) for each in work], table.c.id)


def _offer(row: Row[Any]) -> Offer:
    values = rows.columns(row)
    values["channel"], values["state"] = Channel(values["channel"]), OfferState(values["state"])
    return Offer(**values)


def _assignment(row: Row[Any]) -> Assignment:
    values = rows.columns(row)
    values["channel"], values["state"] = Channel(values["channel"]), AssignmentState(values["state"])
    return Assignment(**values)
