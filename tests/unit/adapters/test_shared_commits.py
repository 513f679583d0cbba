"""Writers who share a transaction: each gets what is theirs, nobody is told before the disk has it."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from builders import NOON, make_conversation, make_event
from sqlalchemy.exc import OperationalError

from routing.adapters.sql import shared_commits
from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore, SqlUnitOfWork
from routing.domain.conversation import ConversationId
from routing.domain.errors import Unavailable

WRITERS = 8


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqlStore]:
    # However slow the machine, those who wait for their turn join.
    monkeypatch.setattr(shared_commits, "LONGEST_SECONDS", 60.0)
    url = f"sqlite:///{tmp_path / 'pointsman.db'}"
    upgrade(url)
    opened = SqlStore(url)
    yield opened
    opened.close()


class Crowd:
    """Writers who all come while the first of them is still inside."""

    def __init__(self, store: SqlStore) -> None:
        self.store, self.commits = store, 0
        self._inside, self._go_on = threading.Event(), threading.Event()
        sa.event.listen(store.engine, "commit", self._count)

    def run(self, *steps: Callable[[SqlUnitOfWork], None]) -> list[BaseException | None]:
        """What each of them met; the first of the steps goes first, the others in any order behind it."""
        with ThreadPoolExecutor(len(steps)) as pool:
            first = pool.submit(self._work, self._held(steps[0]))
            self._inside.wait(30)
            others = [pool.submit(self._work, step) for step in steps[1:]]
            while self.store._shared is not None and self.store._shared._queued < len(others):
                threading.Event().wait(0.005)
            self._go_on.set()
            return [first.exception(), *(other.exception() for other in others)]

    def _held(self, step: Callable[[SqlUnitOfWork], None]) -> Callable[[SqlUnitOfWork], None]:
        def held(uow: SqlUnitOfWork) -> None:
            try:
                step(uow)
            finally:
                self._inside.set()
                self._go_on.wait(30)

        return held

    def _work(self, step: Callable[[SqlUnitOfWork], None]) -> None:
        with self.store.transaction() as uow:
            step(uow)
            uow.commit()

    def _count(self, _: sa.Connection) -> None:
        self.commits += 1


def adding(id: str) -> Callable[[SqlUnitOfWork], None]:
    def step(uow: SqlUnitOfWork) -> None:
        uow.conversations.add(make_conversation(id))
        uow.events.append(make_event(conversation_id=id))

    return step


def failing(uow: SqlUnitOfWork) -> None:
    adding("refused")(uow)
    raise ValueError("refused")


def stored(store: SqlStore) -> list[str]:
    with store.reading() as uow:
        ids = [ConversationId(f"c-{number}") for number in range(WRITERS)] + [ConversationId("refused")]
        return sorted(uow.conversations.get_many(ids))


def test_those_who_come_while_one_writes_are_committed_with_them(store: SqlStore) -> None:
    crowd = Crowd(store)
    met = crowd.run(*(adding(f"c-{number}") for number in range(WRITERS)))
    assert met == [None] * WRITERS
    assert stored(store) == [f"c-{number}" for number in range(WRITERS)]
    assert crowd.commits == 1


def test_their_facts_are_numbered_without_a_gap_and_sealed_in_order(store: SqlStore) -> None:
    Crowd(store).run(*(adding(f"c-{number}") for number in range(WRITERS)))
    with store.reading() as uow:
        assert [event.seq for event in uow.events.after(0, 99)] == list(range(1, WRITERS + 1))
        assert [sealed.seal.seq for sealed in uow.audit.after(0, 99)] == list(range(1, WRITERS + 1))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_who_is_refused_takes_nobody_with_them_and_leaves_nothing(store: SqlStore, place: int) -> None:
    steps = [adding("c-0"), adding("c-1")]
    steps.insert(place, failing)
    met = Crowd(store).run(*steps)
    assert isinstance(met.pop(place), ValueError)
    assert met == [None, None]
    assert stored(store) == ["c-0", "c-1"]


def test_nobody_is_told_that_it_lasts_where_the_commit_fails(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: sa.Connection) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    sa.event.listen(store.engine, "commit", full)
    met = Crowd(store).run(adding("c-0"), adding("c-1"), adding("c-2"))
    assert [type(error) for error in met] == [Unavailable] * 3
    sa.event.remove(store.engine, "commit", full)
    assert stored(store) == []
    Crowd(store).run(adding("c-3"))
    assert stored(store) == ["c-3"]


def test_who_read_what_another_wrote_and_writes_nothing_waits_for_it_to_last(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repetition is answered by what the first attempt wrote: too early, were that not on disk."""

    def full(_: sa.Connection) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    sa.event.listen(store.engine, "commit", full)
    seen = []

    def looking(uow: SqlUnitOfWork) -> None:
        seen.append(uow.inbox.add("e-1", "api", NOON))

    def adding_event(uow: SqlUnitOfWork) -> None:
        uow.inbox.add("e-1", "api", NOON)

    class Onlooker(Crowd):
        def _work(self, step: Callable[[SqlUnitOfWork], None]) -> None:
            with self.store.transaction() as uow:
                step(uow)
                if step is not looking:
                    uow.commit()

    met = Onlooker(store).run(adding_event, looking)
    assert seen == [False]
    assert [type(error) for error in met] == [Unavailable, Unavailable]


def test_a_database_that_rolls_back_by_itself_fails_all_and_serves_the_next(store: SqlStore) -> None:
    def broken(uow: SqlUnitOfWork) -> None:
        adding("c-1")(uow)
        uow._connection.connection.driver_connection.execute("ROLLBACK")

    met = Crowd(store).run(adding("c-0"), broken)
    assert all(isinstance(error, Unavailable) for error in met), met
    assert stored(store) == []
    Crowd(store).run(adding("c-2"))
    assert stored(store) == ["c-2"]


def test_one_who_cannot_come_in_keeps_nobody_waiting(store: SqlStore) -> None:
    def refuse(_: object, __: object, statement: str, *___: object) -> None:
        if statement.startswith("SAVEPOINT"):
            raise OperationalError(statement, {}, Exception("disk I/O error"))

    sa.event.listen(store.engine, "before_cursor_execute", refuse)
    met = Crowd(store).run(adding("c-0"), adding("c-1"))
    assert [type(error) for error in met] == [Unavailable] * 2
    sa.event.remove(store.engine, "before_cursor_execute", refuse)
    assert stored(store) == []
    Crowd(store).run(adding("c-2"))
    assert stored(store) == ["c-2"]


def test_one_who_waited_behind_and_never_came_keeps_nobody_waiting(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_commits, "LONGEST_SECONDS", 0.2)
    assert store._shared is not None
    store._shared._queued += 1
    with store.transaction() as uow:
        adding("c-0")(uow)
        uow.commit()
    assert stored(store) == ["c-0"]
