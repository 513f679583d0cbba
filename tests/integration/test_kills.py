"""SIGKILL, SIGSTOP and crashes of the database, whenever they come: nothing is lost, doubled or out of order."""

import json
import multiprocessing
import os
import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from doubles import ScriptedClassifier, ScriptedMatcher
from installed_database import assert_balanced, read_books
from integration.killed_floor import Floor, Journal, SteppedClock, run_by_a_wrong_clock, run_until_killed
from servers import processes
from servers.postgres import PostgresCluster, create_database

from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.domain.events import EventKind, topic_of
from routing.ports import Clock, MatchingPlan, MatchingProblem
from routing.services import matching, triage

POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)
SLOW = pytest.mark.slow
FEW, MANY = 10, 100
NAMES = ("first", "second")
FORK = multiprocessing.get_context("fork")
Told = Callable[[str, object], None]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where the system has a place for that: a killed process loses nothing a file was given."""
    memory = Path("/dev/shm")
    made = memory / f"pointsman-kills-{os.getpid()}" if os.access(memory, os.W_OK) else tmp_path / "kills"
    made.mkdir()
    yield made
    shutil.rmtree(made)


@pytest.fixture(params=["sqlite", POSTGRES])
def url(request: pytest.FixtureRequest, folder: Path) -> str:
    database = f"sqlite:///{folder / 'pointsman.db'}"
    if request.param == "postgres":
        database = request.getfixturevalue("postgres_database")()
    upgrade(database)
    return database


def start(url: str, folder: Path) -> multiprocessing.process.BaseProcess:
    process = FORK.Process(target=run_until_killed, args=(url, folder), daemon=True)
    process.start()
    return process


def finish(url: str, folder: Path, clock: Clock | None = None) -> Floor:
    """Work calmly until everybody is answered and everything is published."""
    store = SqlStore(url)
    floor = Floor.over(store, folder, clock)
    floor.come_in()

    def done() -> bool:
        floor.work()
        books = read_books(url)
        return set(books.states.values()) <= {"closed"} and not books.unpublished

    processes.wait_until(done, "everybody answered and everything published", 60)
    store.close()
    return floor


def assert_nothing_amiss(url: str, floor: Floor) -> None:
    books = read_books(url)
    assert_balanced(books)
    told = Counter(floor.told.lines())
    stored = books.texts
    assert told <= stored, "acknowledged and lost"
    assert max(stored.values()) == 1, "stored twice"
    assert sum((stored - told).values()) <= 1, "at most the message that was under way"
    published = [tuple(json.loads(line)) for line in floor.published.lines()]
    first = list(dict.fromkeys(published))
    assert len(first) == sum(topic_of(EventKind(kind)) is not None for kind, _ in books.history)
    for conversation in {each[1] for each in first}:
        own = [seq for seq, other, _ in first if other == conversation]
        assert own == sorted(own), f"{conversation} is out of order"


@pytest.mark.parametrize("kills", [FEW, pytest.param(MANY, marks=SLOW)])
def test_a_floor_killed_again_and_again_loses_and_doubles_nothing(
    url: str, folder: Path, kills: int, record_property: Told
) -> None:
    moments = random.Random(kills)
    for _ in range(kills):
        before = len((folder / "told").read_text().splitlines()) if (folder / "told").exists() else 0
        process = start(url, folder)
        processes.wait_until(lambda n=before: len(Floor.over(None, folder).told.lines()) > n, "work under way")  # type: ignore[arg-type]
        time.sleep(moments.uniform(0, 0.1))
        process.kill()
        process.join()
        assert_balanced(read_books(url))

    assert_nothing_amiss(url, finish(url, folder))
    record_property("told", f"real kills on {url.partition(':')[0]}: {kills}, 0 messages lost or doubled")


def test_a_leader_that_was_frozen_past_its_lease_writes_nothing_when_it_wakes(url: str, folder: Path) -> None:
    store = SqlStore(url)
    floor = Floor.over(store, folder)
    floor.come_in()
    floor.write()
    triage.triage_batch(floor.context, ScriptedClassifier())
    store.close()
    frozen = FORK.Process(target=tick_slowly, args=(url, folder), daemon=True)
    frozen.start()
    processes.wait_until((folder / "solving").exists, "the first leader solving")
    os.kill(int(frozen.pid or 0), signal.SIGSTOP)
    stopped_at = time.monotonic()
    led = []
    while not led:
        assert time.monotonic() - stopped_at < 30
        record = matching.tick(floor.context, ScriptedMatcher(), "main", "second")
        led += [record] if record is not None else []
        time.sleep(0.1)
    os.kill(int(frozen.pid or 0), signal.SIGCONT)
    frozen.join(30)

    assert (folder / "result").read_text() == "None"
    with store.reading() as uow:
        assert {tick.epoch for tick in uow.ticks.newest(9)} == {led[0].epoch} == {2}
        assert uow.offers.count_pending() == 1
    assert_balanced(read_books(url))
    store.close()


@pytest.mark.parametrize("url", [pytest.param("sqlite", marks=SLOW), POSTGRES], indirect=True)
def test_clocks_minutes_apart_that_step_back_and_forth_make_no_second_leader_and_lose_nothing(
    url: str, folder: Path
) -> None:
    told, led = Journal(folder / "told"), Journal(folder / "led")
    store = SqlStore(url)
    Floor.over(store, folder).come_in()
    store.close()

    def work_done() -> int:
        """As much of it as both kinds have."""
        return min(len(told.lines()), len(led.lines()))

    set_clocks(folder, 300)
    both = [FORK.Process(target=run_by_a_wrong_clock, args=(url, folder, name), daemon=True) for name in NAMES]
    for process in both:
        process.start()
    for ahead in (0, -300, 300):
        enough = work_done() + 5
        processes.wait_until(lambda enough=enough: work_done() >= enough, "messages taken in and ticks made", 180)
        set_clocks(folder, ahead)
    for process in both:
        process.kill()
        process.join()

    leaders = {line.split()[0]: line.split()[1] for line in led.lines()}
    assert all(leaders[epoch] == name for epoch, name in map(str.split, led.lines())), "an epoch with two leaders"
    # By the clock that was ahead: what it set a time for comes no sooner.
    assert_nothing_amiss(url, finish(url, folder, SteppedClock(folder / NAMES[0])))


def set_clocks(folder: Path, ahead_seconds: float) -> None:
    """One machine's clock is ahead, the other's as far behind."""
    for name, seconds in zip(NAMES, (ahead_seconds, -ahead_seconds), strict=True):
        (folder / f"{name}.new").write_text(str(seconds))
        (folder / f"{name}.new").replace(folder / name)


def tick_slowly(url: str, folder: Path) -> None:
    """One tick whose solver says when it begins and takes half a second."""

    class Slow(ScriptedMatcher):
        def match(self, problem: MatchingProblem) -> MatchingPlan:
            (folder / "solving").touch()
            time.sleep(0.5)
            return super().match(problem)

    record = matching.tick(Floor.over(SqlStore(url), folder).context, Slow(), "main", "first")
    (folder / "result").write_text(str(record))


@pytest.mark.postgres
@pytest.mark.parametrize("crashes", [2, pytest.param(10, marks=SLOW)])
def test_a_crash_of_the_database_in_the_middle_loses_nothing_and_work_goes_on(
    own_postgres: PostgresCluster, folder: Path, crashes: int
) -> None:
    url = create_database(own_postgres.url)
    upgrade(url)
    process = start(url, folder)
    told = Floor.over(None, folder).told  # type: ignore[arg-type]
    for _ in range(crashes):
        before = len(told.lines())
        processes.wait_until(lambda n=before: len(told.lines()) > n + 3, "messages taken in")
        own_postgres.crash()
        own_postgres.start()
    before = len(told.lines())
    processes.wait_until(lambda: len(told.lines()) > before + 3, "work going on by itself")
    process.kill()
    process.join()

    assert_nothing_amiss(url, finish(url, folder))
