"""A hand in the store's own tables, past everything that refuses it: what a stranger with the database could do."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from routing.adapters.memory import MemoryStore
from routing.domain.audit import Seal, Sealed, next_seal
from routing.domain.events import Event
from routing.ports import Store

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

SQLITE_TRIGGERS = ("events_no_update", "events_no_delete", "seals_no_update", "seals_no_delete")


def read_trail(store: Store) -> list[Sealed]:
    with store.reading() as uow:
        return uow.audit.after(0, 10_000)


def put_trail(store: Store, change: Callable[[list[Sealed]], list[Sealed]]) -> None:
    """Replace the history and its seals by what `change` makes of them; a Sealed without a fact has none any more."""
    rows = change(read_trail(store))
    if isinstance(store, MemoryStore):
        _put_in_memory(store, rows)
    else:
        _put_in_database(store, rows)


def put_fact(store: Store, event: Event) -> None:
    """A fact in the history that nobody sealed."""
    assert event.seq is not None
    if isinstance(store, MemoryStore):
        store.committed.events.put(event.seq, event)
        return
    with _freely(store) as connection:
        _insert_fact(connection, event)


def edited(row: Sealed, **changes: Any) -> Sealed:
    """The same seal behind another fact."""
    assert row.event is not None
    return replace(row, event=replace(row.event, **changes))


def sealed_anew(rows: list[Sealed]) -> list[Sealed]:
    """The trail that these facts would have had: a rewriting without a flaw in itself."""
    made: list[Sealed] = []
    before: Seal | None = None
    for row in rows:
        assert row.event is not None and row.salt is not None
        before = next_seal(before, row.event, row.salt)
        made.append(Sealed(before, row.salt, row.event))
    return made


def _put_in_memory(store: MemoryStore, rows: list[Sealed]) -> None:
    tables = store.committed
    for table in (tables.seals, tables.events):
        for key, _ in list(table.items()):
            table.drop(key)  # type: ignore[arg-type]
    for row in rows:
        tables.seals.put(row.seal.position, replace(row, event=None))
        if row.event is not None and row.event.seq is not None:
            tables.events.put(row.event.seq, row.event)


def _put_in_database(store: Any, rows: list[Sealed]) -> None:
    import sqlalchemy as sa

    from routing.adapters.sql.audit import seals
    from routing.adapters.sql.rows import values_of
    from routing.adapters.sql.tables import events, outbox

    with _freely(store) as connection:
        for table in (seals, outbox, events):
            connection.execute(sa.delete(table))
        for row in rows:
            connection.execute(sa.insert(seals).values(**values_of(row.seal), salt=row.salt))
            if row.event is not None:
                _insert_fact(connection, row.event)


def _insert_fact(connection: "Connection", event: Event) -> None:
    import sqlalchemy as sa

    from routing.adapters.sql.rows import values_of
    from routing.adapters.sql.tables import events

    connection.execute(sa.insert(events).values(values_of(event)))


def _freely(store: Any) -> Any:
    """A transaction in which no trigger fires; on SQLite they are gone for good."""
    import contextlib

    import sqlalchemy as sa

    @contextlib.contextmanager
    def opened() -> Any:
        with store.engine.begin() as connection:
            if store.engine.dialect.name == "postgresql":
                connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
            else:
                for trigger in SQLITE_TRIGGERS:
                    connection.execute(sa.text(f"DROP TRIGGER IF EXISTS {trigger}"))
            yield connection

    return opened()
