"""Conversations, their messages and their triages, as rows."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from routing.adapters.sql import rows
from routing.adapters.sql.boundary import in_markets, of_markets
from routing.adapters.sql.tables import Utc, conversations, messages, triages
from routing.domain.conversation import QUEUED, Conversation, ConversationId, ConversationState, Message
from routing.domain.cop import Channel, CopId
from routing.domain.issue import Decision, Triage
from routing.domain.market import Markets
from routing.domain.queue import Wait
from routing.ports import ConversationFilter

_WAIT = (
    conversations.c.id,
    conversations.c.market,
    conversations.c.issue_type,
    conversations.c.waiting_since,
    conversations.c.target_seconds,
    sa.or_(conversations.c.vulnerable, conversations.c.fraud),
)


class SqlConversations:
    """ports.Conversations."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, conversation: Conversation) -> None:
        rows.add(self._connection, conversations, rows.values_of(conversation))

    def add_all(self, conversations_: Sequence[Conversation]) -> None:
        rows.add_all(self._connection, conversations, [rows.values_of(each) for each in conversations_])

    def get(self, id: ConversationId) -> Conversation:
        return conversation_of(rows.get(self._connection, conversations, id, "conversation"))

    def get_many(self, ids: Iterable[ConversationId]) -> dict[ConversationId, Conversation]:
        return {row.id: conversation_of(row) for row in rows.of_ids(self._connection, conversations, ids)}

    def save(self, conversation: Conversation) -> Conversation:
        rows.save(self._connection, conversations, rows.values_of(conversation), "conversation")
        return replace(conversation, version=conversation.version + 1)

    def save_all(self, conversations_: Sequence[Conversation]) -> set[ConversationId]:
        saved = rows.save_all(self._connection, conversations, [rows.values_of(each) for each in conversations_])
        return {ConversationId(id) for id in saved}

    def in_state(self, state: ConversationState, markets: Sequence[str] | None, most: int) -> list[Conversation]:
        query = sa.select(conversations).where(conversations.c.state == str(state))
        if markets is not None:
            query = query.where(conversations.c.market.in_(markets))
        query = query.order_by(conversations.c.waiting_since, conversations.c.id).limit(most)
        return [conversation_of(row) for row in self._connection.execute(query)]

    def waits(self, ids: Collection[str] | None = None) -> list[Wait]:
        query = sa.select(*_WAIT).where(conversations.c.state.in_(sorted(QUEUED)))
        if ids is not None:
            query = query.where(conversations.c.id.in_(ids))
        return [Wait(*row) for row in self._connection.execute(query)]

    def page(self, wanted: ConversationFilter, before: str | None, most: int) -> list[Conversation]:
        query = sa.select(conversations).where(*_conditions(wanted))
        if before is not None:
            anchor = self.get(ConversationId(before))
            newest_first = sa.tuple_(conversations.c.received_at, conversations.c.id)
            query = query.where(newest_first < sa.tuple_(sa.literal(anchor.received_at, Utc), sa.literal(anchor.id)))
        query = query.order_by(conversations.c.received_at.desc(), conversations.c.id.desc()).limit(most)
        return [conversation_of(row) for row in self._connection.execute(query)]

    def count_by_state(self, within: Markets = None) -> dict[ConversationState, int]:
        query = sa.select(conversations.c.state, sa.func.count()).where(in_markets(within))
        counted = self._connection.execute(query.group_by(conversations.c.state))
        return {ConversationState(state): count for state, count in counted}

    def count_waiting(self, markets: Sequence[str]) -> int:
        waiting = conversations.c.state == str(ConversationState.WAITING)
        query = sa.select(sa.func.count()).where(waiting, conversations.c.market.in_(markets))
        return self._connection.execute(query).scalar_one()

    def add_message(self, message: Message) -> None:
        rows.add(self._connection, messages, rows.values_of(message))

    def add_messages(self, messages_: Sequence[Message]) -> None:
        rows.add_all(self._connection, messages, [rows.values_of(each) for each in messages_])

    def messages_of(self, ids: Iterable[ConversationId]) -> dict[ConversationId, list[Message]]:
        wanted = list(ids)
        found: dict[ConversationId, list[Message]] = {id: [] for id in wanted}
        for chunk in rows.chunks(wanted):
            query = sa.select(messages).where(messages.c.conversation_id.in_(chunk)).order_by(messages.c.seq)
            for row in self._connection.execute(query):
                found[row.conversation_id].append(
                    Message(row.id, ConversationId(row.conversation_id), row.author, row.text, row.at)
                )
        return found


class SqlTriages:
    """ports.Triages."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, conversation_id: ConversationId, triage: Triage) -> None:
        self.add_all([(conversation_id, triage)])

    def add_all(self, triages_: Sequence[tuple[ConversationId, Triage]]) -> None:
        rows.add_all(self._connection, triages, [_triage_values(*each) for each in triages_])

    def latest_of(self, ids: Iterable[ConversationId]) -> dict[ConversationId, Triage]:
        found: dict[ConversationId, Triage] = {}
        for chunk in rows.chunks(ids):
            newest = sa.select(sa.func.max(triages.c.seq)).where(triages.c.conversation_id.in_(chunk))
            query = sa.select(triages).where(triages.c.seq.in_(newest.group_by(triages.c.conversation_id)))
            for row in self._connection.execute(query):
                found[ConversationId(row.conversation_id)] = _triage(row)
        return found

    def newest_by(self, model_version: str, since: datetime, most: int) -> list[tuple[ConversationId, Triage]]:
        query = sa.select(triages).where(triages.c.at >= since, triages.c.model_version == model_version)
        found = self._connection.execute(query.order_by(triages.c.seq.desc()).limit(most))
        return [(ConversationId(row.conversation_id), _triage(row)) for row in found]

    def decisions_since(self, at: datetime, within: Markets = None) -> dict[str, int]:
        recent = sa.and_(triages.c.at >= at, of_markets(triages.c.conversation_id, within))
        query = sa.select(triages.c.decision, sa.func.count()).where(recent).group_by(triages.c.decision)
        return {row[0]: row[1] for row in self._connection.execute(query)}

    def languages_with_reason(self, reason: str, since: datetime, within: Markets = None) -> dict[str, int]:
        named = sa.cast(triages.c.answer, sa.Text).contains(f'"{reason}"', autoescape=True)
        recent = sa.and_(triages.c.at >= since, of_markets(triages.c.conversation_id, within))
        query = sa.select(triages.c.answer).where(recent, named)
        return dict(Counter(str(row.answer["language"]) for row in self._connection.execute(query)))


def _conditions(wanted: ConversationFilter) -> list[sa.ColumnElement[bool]]:
    table = conversations.c
    pairs = (
        (table.market, wanted.market),
        (table.issue_type, wanted.issue_type),
        (table.customer_id, wanted.customer_id),
        (table.last_cop_id, wanted.cop_id),
    )
    conditions: list[sa.ColumnElement[bool]] = [column == value for column, value in pairs if value is not None]
    if wanted.states is not None:
        conditions.append(table.state.in_([str(state) for state in wanted.states]))
    return [*conditions, in_markets(wanted.within)]


def conversation_of(row: Row[Any]) -> Conversation:
    """A row as the conversation it is."""
    values = rows.columns(row)
    del values["words_gone_at"]
    values["channel"] = Channel(values["channel"])
    values["state"] = ConversationState(values["state"])
    values["candidates"] = tuple((key, probability) for key, probability in values["candidates"])
    values["alerts"] = tuple(values["alerts"])
    values["excluded"] = tuple(CopId(id) for id in values["excluded"])
    return Conversation(**values)


def _triage_values(conversation_id: ConversationId, triage: Triage) -> rows.Values:
    answer = rows.values_of(triage)
    head = {name: answer.pop(name) for name in ("at", "decision", "model_version")}
    return {"conversation_id": conversation_id, "answer": answer, **head}


def _triage(row: Row[Any]) -> Triage:
    answer = dict(row.answer)
    answer["reasons"] = tuple(answer["reasons"])
    answer["prediction_set"] = tuple(answer["prediction_set"])
    answer["distribution"] = tuple((key, probability) for key, probability in answer["distribution"])
    answer["needs"] = tuple((key, confidence) for key, confidence in answer.get("needs", ()))
    answer["alerts"] = tuple(answer.get("alerts", ()))
    return Triage(at=row.at, decision=Decision(row.decision), model_version=row.model_version, **answer)
