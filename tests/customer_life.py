"""A customer's life through the use cases: written, understood, asked about, offered, wrapped up, taught."""

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from doubles import ScriptedClassifier, ScriptedMatcher
from seeds import committed, read

from routing.domain.conversation import ConversationId
from routing.domain.cop import CopId, Presence
from routing.domain.erasure import Erasure, Lingering, Pseudonym, Traces
from routing.domain.errors import Unavailable
from routing.domain.outcome import Disposition, WrapUp
from routing.domain.review import ReviewState
from routing.ports import Matcher, MatchingPlan, MatchingProblem, StoredReply, UnitOfWork
from routing.services import intake, matching, offers, presence, review, triage, wrap_up
from routing.services.context import Context
from routing.services.erasure import Reach, Request, erase
from routing.services.intake import IncomingMessage

CAROL = "cust-7741-carol"
DAVE = "cust-9002-dave"
WORDS = "unsure card_lost the marmalade teapot is cracked"
REASON = "case 2026-17"
SALT_BYTES = 16


class Pseudonymous:
    """ports.Pseudonyms with a key of its own."""

    def of(self, customer_id: str) -> Pseudonym:
        return Pseudonym(hashlib.sha256(b"test key" + customer_id.encode()).hexdigest(), "test-key")


class Shelf:
    """ports.Place: lines that name somebody; away while `away`."""

    name = "shelf"

    def __init__(self, *lines: str) -> None:
        self.lines, self.away = list(lines), False

    def count(self, traces: Traces) -> int:
        return len(self._of(traces))

    def erase(self, traces: Traces) -> int:
        if self.away:
            raise Unavailable("the shelf is out of reach")
        gone = self._of(traces)
        self.lines = [line for line in self.lines if line not in gone]
        return len(gone)

    def lingering(self, at: Any) -> list[Lingering]:
        return [Lingering("a copy of the shelf", at + timedelta(days=3))]

    def _of(self, traces: Traces) -> list[str]:
        return [line for line in self.lines if any(id in line for id in (*traces.ids, *traces.words))]


class Packing(ScriptedMatcher):
    """Keeps what the tick was made from, as the real matcher does."""

    def match(self, problem: MatchingProblem) -> MatchingPlan:
        plan = super().match(problem)
        document = {"conversations": [{"id": each.id} for each in problem.conversations]}
        return replace(plan, snapshot=zlib.compress(json.dumps(document).encode()))


def reach(*places: Shelf, backups_days: int | None = 30) -> Reach:
    kept = None if backups_days is None else timedelta(days=backups_days)
    return Reach(Pseudonymous(), places, kept)


def erased(context: Context, customer: str = CAROL, *places: Shelf) -> Erasure:
    return erase(context, reach(*places), Request(customer, "root", REASON))


def live(context: Context, customer: str = CAROL, id: str = "talk-1", words: str = WORDS) -> None:
    """One conversation from the first message to its wrap-up, with a review that became a label."""
    written(context, customer, id, words)
    handled(context, customer, id)


def handled(context: Context, customer: str = CAROL, id: str = "talk-1") -> None:
    """Everything after the first message."""
    triage.triage_batch(context, ScriptedClassifier())
    for item in _asked(context, id):
        review.claim(context, item, "mona")
        review.give_verdict(context, item, "card_lost", "mona")
    _answered(context, customer, id, Packing())
    committed(context.store, lambda uow: _answered_over_rest(uow, context, id, customer))


def written(context: Context, customer: str = CAROL, id: str = "talk-1", words: str = WORDS) -> None:
    event = IncomingMessage(f"event of {id}", f"chat of {customer}", words, "uk", conversation_id=id)
    intake.receive(context, replace(event, customer_id=customer))


def said(context: Context, id: str = "talk-1") -> list[str]:
    found = read(context.store, lambda uow: uow.conversations.messages_of([ConversationId(id)]))
    return [message.text for message in found[ConversationId(id)]]


def is_there(context: Context, id: str = "talk-1") -> bool:
    return bool(read(context.store, lambda uow: uow.conversations.get_many([ConversationId(id)])))


def everything(context: Context) -> str:
    """All rows of all tables, as text; packed snapshots unpacked."""
    from routing.adapters.memory import MemoryStore

    store: Any = context.store
    rows: Sequence[Any]
    if isinstance(store, MemoryStore):
        tables = store.committed
        names = tables.__dataclass_fields__
        rows = [(name, key, row) for name in names for key, row in getattr(tables, name).items()]
    else:
        rows = _rows(store)
    return "\n".join(repr(_opened(row)) for row in rows)


def _rows(store: Any) -> list[Any]:
    import sqlalchemy as sa

    from routing.adapters.sql.tables import metadata

    with store.engine.connect() as connection:
        return [(table.name, *row) for table in metadata.sorted_tables for row in connection.execute(sa.select(table))]


def _opened(row: Any) -> Any:
    if isinstance(row, bytes) and len(row) > SALT_BYTES:
        return zlib.decompress(row)
    return [_opened(part) for part in row] if isinstance(row, tuple | list) else row


def _asked(context: Context, id: str) -> list[Any]:
    found = read(context.store, lambda uow: uow.reviews.in_states((ReviewState.OPEN,), None, 99))
    return [item.id for item in found if item.conversation_id == id]


def _answered(context: Context, customer: str, id: str, matcher: Matcher) -> None:
    presence.set_presence(context, presence.PresenceChange(CopId("ada"), Presence.AVAILABLE, "ada"))
    presence.set_presence(context, presence.PresenceChange(CopId("ben"), Presence.AVAILABLE, "ben"))
    for reason in (f"I know {customer} myself", None):
        matching.tick(context, matcher, "main", "one")
        offer = read(context.store, lambda uow: uow.offers.pending_for(ConversationId(id)))
        if reason is not None:
            offers.decline(context, offer.id, reason)
    assignment = offers.accept(context, offer.id)
    wrap_up.wrap_up(context, assignment.id, WrapUp(Disposition.RESOLVED, 30.0, "card_late"))


def _answered_over_rest(uow: UnitOfWork, context: Context, id: str, customer: str) -> None:
    now = context.clock.now()
    uow.idempotency.keep("api:1:claim", id, StoredReply("d", 102, id), now)
    body = json.dumps({"href": None, "body": {"conversation_id": id, "customer_id": customer}})
    uow.idempotency.keep("api:1:reply", id, StoredReply("d", 201, body), now)
