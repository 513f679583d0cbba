"""Everything stored of conversations, counted and taken away, in memory."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from routing.adapters.memory.rows import Rows, Tables
from routing.adapters.mentions import in_snapshot, quoted
from routing.domain.conversation import ENDED, Conversation, ConversationId
from routing.domain.events import EventKind
from routing.domain.retention import Due, Kept

Belongs = Callable[[Any], str]


class MemoryBelongings:
    """The twin of `ports.Belongings`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def of_customer(self, customer_id: str) -> list[Conversation]:
        """By id."""
        rows = (c for c in self._tables.conversations if c.customer_id == customer_id)
        return sorted(rows, key=lambda c: c.id)

    def customers(self) -> set[str]:
        """Everybody, each once."""
        everybody = (row.customer_id for rows in (self._tables.conversations, self._tables.holds) for row in rows)
        return {id for id in everybody if id is not None}

    def locked(self, ids: Iterable[ConversationId]) -> list[Conversation]:
        """Those that exist; the transaction is the only writer anyway."""
        found = (self._tables.conversations.get(id) for id in ids)
        return [conversation for conversation in found if conversation is not None]

    def counts(self, ids: Sequence[ConversationId]) -> dict[str, int]:
        """How much there is of each kind."""
        hanging = {name: len(_keys(rows, ids, of)) for name, (rows, of) in self._hanging().items()}
        facts = self.facts_of(ids)
        return {
            "conversations": len(self.locked(ids)),
            **hanging,
            "messages": self._messages(ids),
            "facts": len(facts),
            "outbox": sum(self._tables.outbox.get(seq) is not None for seq in facts),
        }

    def labels_of(self, ids: Sequence[ConversationId]) -> dict[str, str]:
        """Label id -> its words."""
        return {label.id: label.text for label in self._tables.labels if label.conversation_id in set(ids)}

    def remove(self, ids: Sequence[ConversationId]) -> dict[str, int]:
        """Everything but the facts; how much it was."""
        hanging = {name: _drop(rows, _keys(rows, ids, of)) for name, (rows, of) in self._hanging().items()}
        counts = {"conversations": 0, **hanging, "messages": self._messages(ids)}
        for id in ids:
            self._tables.messages.drop(id)
            self._tables.latest_triages.drop(id)
            self._tables.live_work.drop(id)
            self._tables.words_gone.drop(id)
            counts["conversations"] += self._tables.conversations.drop(id)
        return counts

    def remove_replies(self, mentioning: Sequence[str]) -> int:
        """Replies that name one of these, with the notes of their requests."""
        replies, forms = self._tables.replies, quoted(mentioning)

        def tells(body: str) -> bool:
            return body in mentioning or any(form in body for form in forms)

        told = {(scope.rpartition(":")[0], key) for (scope, key), (reply, _) in replies.items() if tells(reply.body)}
        return _drop(
            replies, [place for place, _ in replies.items() if (place[0].rpartition(":")[0], place[1]) in told]
        )

    def snapshots_naming(self, ids: Sequence[str], since: datetime, until: datetime) -> list[str]:
        """Ticks of that time whose snapshot names one of these."""
        kept = self._tables.tick_snapshots
        return [tick for tick, (at, found, _) in kept.items() if since <= at <= until and in_snapshot(found, ids)]

    def remove_snapshots(self, ticks: Sequence[str]) -> int:
        """What these ticks were made from."""
        return _drop(self._tables.tick_snapshots, ticks)

    def facts_of(self, ids: Sequence[ConversationId]) -> list[int]:
        """Numbers of facts about them."""
        return sorted(_keys(self._tables.events, ids, lambda event: event.conversation_id))

    def facts_before(self, kind: EventKind, at: datetime, most: int) -> list[int]:
        """Numbers of older facts of a kind, oldest first."""
        return [seq for seq, event in self._tables.events.items() if event.kind is kind and event.at < at][:most]

    def remove_facts(self, seqs: Sequence[int]) -> int:
        """Take them out of the history and the outbox."""
        _drop(self._tables.outbox, seqs)
        return _drop(self._tables.events, seqs)

    def due(self, due: Due, most: int) -> list[ConversationId]:
        """The longest overdue first."""
        rows = [c for c in self._tables.conversations if self._is_due(c, due) and not self._is_held(c)]
        return [c.id for c in sorted(rows, key=lambda c: (c.ended_at or due.before, c.id))[:most]]

    def remove_words(self, ids: Sequence[ConversationId], at: datetime) -> int:
        """Their messages; how many."""
        count = self._messages(ids)
        for id in ids:
            self._tables.messages.drop(id)
            self._tables.words_gone.put(id, at)
        return count

    def remove_labels(self, ids: Sequence[ConversationId]) -> int:
        """What was taught of them."""
        return _drop(self._tables.labels, _keys(self._tables.labels, ids, lambda label: label.conversation_id))

    def _hanging(self) -> dict[str, tuple[Rows[Any, Any], Belongs]]:
        tables = self._tables

        def plain(row: Any) -> str:
            return str(row.conversation_id)

        return {
            "reviews": (tables.reviews, plain),
            "assignments": (tables.assignments, plain),
            "offers": (tables.offers, plain),
            "labels": (tables.labels, plain),
            "shadow answers": (tables.shadow_triages, plain),
            "triages": (tables.triages, lambda row: str(row[0])),
        }

    def _messages(self, ids: Sequence[ConversationId]) -> int:
        return sum(len(self._tables.messages.get(id) or ()) for id in ids)

    def _is_due(self, conversation: Conversation, due: Due) -> bool:
        market, ended = conversation.market, conversation.ended_at
        theirs = market == due.market if due.market is not None else market not in due.known
        if not theirs or conversation.state not in ENDED or ended is None or ended >= due.before:
            return False
        gone = self._tables.words_gone.get(conversation.id)
        if due.kept is Kept.WORDS:
            return gone is None or gone < ended
        return due.kept is Kept.RECORDS or bool(self.labels_of([conversation.id]))

    def _is_held(self, conversation: Conversation) -> bool:
        holds = [hold for hold in self._tables.holds if hold.lifted_at is None]
        theirs = conversation.customer_id
        return any(
            hold.conversation_id == conversation.id or (theirs is not None and hold.customer_id == theirs)
            for hold in holds
        )


def _keys(rows: Rows[Any, Any], ids: Sequence[str], of: Belongs) -> list[Any]:
    wanted = set(ids)
    return [key for key, row in rows.items() if of(row) in wanted]


def _drop(rows: Rows[Any, Any], keys: Sequence[Any]) -> int:
    return sum(rows.drop(key) for key in keys)
