"""What the database of an installation holds once nobody writes to it, and the rules it has to keep."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from routing.adapters.sql.tables import assignments, conversations, cop_slots, events, messages, offers, outbox

OPENS = {"offer.made": "offer", "assignment.started": "assignment"}
CLOSES = {
    "offer.accepted": "offer",
    "offer.declined": "offer",
    "offer.lapsed": "offer",
    "offer.rescinded": "offer",
    "assignment.wrapped_up": "assignment",
    "assignment.transferred": "assignment",
}


@dataclass(frozen=True)
class Books:
    """Every row that says who works on what, read in one transaction."""

    states: dict[str, str]
    texts: Counter[str]
    loads: dict[tuple[str, str], int]
    live: Counter[tuple[str, str]]
    capacities: dict[tuple[str, str], int]
    active: Counter[str]
    history: tuple[tuple[str, str | None], ...]
    unpublished: int


def read_books(url: str) -> Books:
    """The books of the database at this SQLAlchemy URL."""
    engine = sa.create_engine(url)
    level = "SERIALIZABLE" if url.startswith("sqlite") else "REPEATABLE READ"
    try:
        with engine.connect().execution_options(isolation_level=level) as connection:
            return _read(connection)
    finally:
        engine.dispose()


def _read(connection: sa.Connection) -> Books:
    slots = connection.execute(sa.select(cop_slots)).all()
    held = [
        *connection.execute(sa.select(offers.c.cop_id, offers.c.channel).where(offers.c.state == "pending")),
        *connection.execute(sa.select(assignments.c.cop_id, assignments.c.channel).where(_ACTIVE)),
    ]
    written = sa.select(events.c.kind, events.c.conversation_id).order_by(events.c.seq)
    return Books(
        states={row.id: row.state for row in connection.execute(sa.select(conversations))},
        texts=Counter(row.text for row in connection.execute(sa.select(messages.c.text))),
        loads={(row.cop_id, row.channel): row.load for row in slots},
        live=Counter((row.cop_id, row.channel) for row in held),
        capacities={(row.cop_id, row.channel): row.capacity for row in slots},
        active=Counter(row.conversation_id for row in connection.execute(sa.select(assignments).where(_ACTIVE))),
        history=tuple((row.kind, row.conversation_id) for row in connection.execute(written)),
        unpublished=connection.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one(),
    )


_ACTIVE = assignments.c.state == "active"


def assert_balanced(books: Books) -> None:
    """Load equals what is live, within capacity; nothing is held twice, now or ever in the history."""
    assert {slot: load for slot, load in books.loads.items() if load} == dict(books.live)
    assert all(load <= books.capacities[slot] for slot, load in books.loads.items())
    assert all(count == 1 for count in books.active.values())
    assert_held_once(books.history)


def assert_held_once(history: Iterable[tuple[str, str | None]]) -> None:
    """Replay the history: an offer or assignment begins only where none is live, and ends only where one is."""
    live: dict[str | None, set[str]] = defaultdict(set)
    for kind, conversation_id in history:
        if kind in OPENS:
            assert not live[conversation_id], f"{kind} of {conversation_id}, which holds {live[conversation_id]}"
            live[conversation_id].add(OPENS[kind])
        elif kind in CLOSES:
            assert live[conversation_id] == {CLOSES[kind]}, f"{kind} of {conversation_id}: {live[conversation_id]}"
            live[conversation_id].clear()
