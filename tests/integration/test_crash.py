"""SIGKILL at any moment: nothing acknowledged is lost, nothing is assigned twice, and everybody is answered."""

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import kafka_door
import pytest
from bank import ENDED, Bank, Floor
from installation import Installation, installed, kill
from installed_database import Books, assert_balanced, read_books
from servers import processes

from encoders.text import prepare
from routing.domain.events import EventKind, topic_of

CONVERSATIONS = 40
KILLS = 3
PATIENCE_SECONDS = 300.0
PAUSE_SECONDS = 0.05
ROUND_SECONDS = 0.2


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def home(request: pytest.FixtureRequest, tmp_path: Path, small_bank: Bank) -> Iterator[Installation]:
    """An installation over each database, with a short review deadline."""
    variables = {"POINTSMAN_PACK": str(small_bank.pack), "POINTSMAN_REVIEW_DEADLINE_SECONDS": "2"}
    if request.param == "postgres":
        variables["POINTSMAN_DATABASE_URL"] = request.getfixturevalue("postgres_database")()
    with installed(tmp_path / "home", variables, small_bank.models) as installation:
        installation.run("migrate")
        yield installation


def url_of(home: Installation) -> str:
    return home.variables.get("POINTSMAN_DATABASE_URL", f"sqlite:///{home.data_dir / 'pointsman.db'}")


class Patient:
    """A client of a service that dies now and then: the same request again, under the same key, until answered."""

    def __init__(self, home: Installation, stop: threading.Event) -> None:
        self._client, self._stop = home.client(), stop
        self.floor = Floor(self._client)

    def insist(self, step: Callable[[], httpx.Response]) -> httpx.Response | None:
        while not self._stop.is_set():
            try:
                answer = step()
            except httpx.TransportError:
                time.sleep(PAUSE_SECONDS)
                continue
            if answer.status_code < 500:
                return answer
            time.sleep(PAUSE_SECONDS)
        return None

    def try_once(self, step: Callable[[], object]) -> None:
        """One round of work; a service that is away, or was faster, only means another round."""
        try:
            step()
        except (httpx.TransportError, httpx.HTTPStatusError):
            time.sleep(PAUSE_SECONDS)


class Customers(threading.Thread):
    """Write one message after the other; what was acknowledged is in `acknowledged`: text -> conversation."""

    def __init__(self, home: Installation, texts: list[str], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._patient, self._texts = Patient(home, stop), texts
        self.acknowledged: dict[str, str] = {}

    def run(self) -> None:
        for number, text in enumerate(self._texts):
            key, own = uuid.uuid4().hex, f"own-{number}" if number % 2 else None
            answer = self._patient.insist(lambda t=text, o=own, k=key: self._patient.floor.write(t, o, k))
            if answer is not None:
                assert answer.status_code == 201, answer.text
                self.acknowledged[text] = answer.json()["conversation_id"]


class Cops(threading.Thread):
    """Accept and wrap up, round after round."""

    def __init__(self, home: Installation, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._patient, self._stopping = Patient(home, stop), stop

    def run(self) -> None:
        floor = self._patient.floor
        while not self._stopping.is_set():
            for step in (floor.come_in, floor.accept_all, floor.wrap_up_all):
                self._patient.try_once(step)
            time.sleep(ROUND_SECONDS)


def test_a_service_killed_again_and_again_loses_nothing_and_assigns_nothing_twice(home: Installation, small_bank: Bank):
    texts = [f"{text} (note {number})" for number, (text, _) in enumerate(small_bank.needs[:CONVERSATIONS])]
    random_source, stop = random.Random(20), threading.Event()
    serving = home.serve()
    customers, cops = Customers(home, texts, stop), Cops(home, stop)
    customers.start()
    cops.start()
    try:
        for wanted in sorted(random_source.sample(range(1, CONVERSATIONS - 5), KILLS)):
            _wait(lambda n=wanted: len(customers.acknowledged) >= n, f"{wanted} messages acknowledged")
            time.sleep(random_source.uniform(0, 0.5))
            kill(serving)
            assert_balanced(read_books(url_of(home)))
            serving = home.serve()
        _wait(lambda: not customers.is_alive(), "every message acknowledged")
        _wait(lambda: _all_ended(home), "every conversation ended")
    finally:
        stop.set()
        customers.join(30)
        cops.join(30)
    assert home.interrupt(serving) == 0
    books = read_books(url_of(home))
    assert_balanced(books)
    assert books.texts == Counter(map(prepare, texts)), "each acknowledged message exists exactly once"
    assert set(customers.acknowledged.values()) == set(books.states)
    assert set(books.states.values()) == {"closed"}
    assert not any(books.loads.values())
    assert "Traceback" not in home.log("serve").read_text()


def _wait(reached: Callable[[], bool], what: str) -> None:
    processes.wait_until(reached, what, PATIENCE_SECONDS)


def _all_ended(home: Installation) -> bool:
    return set(read_books(url_of(home)).states.values()) <= ENDED


@pytest.mark.kafka
@pytest.mark.postgres
def test_a_consumer_and_a_relay_killed_in_the_middle_lose_and_double_nothing(
    tmp_path: Path, small_bank: Bank, postgres_database: Callable[[], str], kafka_bootstrap: str
):
    prefix = f"crash-{uuid.uuid4().hex[:8]}"
    variables = {
        "POINTSMAN_PACK": str(small_bank.pack),
        "POINTSMAN_REVIEW_DEADLINE_SECONDS": "2",
        "POINTSMAN_DATABASE_URL": postgres_database(),
        "POINTSMAN_KAFKA_BOOTSTRAP": kafka_bootstrap,
        "POINTSMAN_KAFKA_PREFIX": prefix,
        "POINTSMAN_KAFKA_GROUP": prefix,
    }
    with installed(tmp_path / "home", variables, small_bank.models) as home:
        home.run("migrate")
        _stream_and_kill(home, small_bank, kafka_bootstrap, prefix)


def _stream_and_kill(home: Installation, bank: Bank, bootstrap: str, prefix: str) -> None:
    url, stop = url_of(home), threading.Event()
    texts = {f"k-{number}": f"{text} (note {number})" for number, (text, _) in enumerate(bank.needs[:CONVERSATIONS])}
    consuming, relaying = home.start("consume"), home.start("relay")
    _wait(lambda: kafka_door.topics_exist(bootstrap, prefix), "topics")
    kafka_door.send_messages(bootstrap, prefix, texts)
    _wait(lambda: len(read_books(url).states) > 0, "the first message taken in")
    kill(consuming)
    home.start("consume")
    serving, cops = home.serve(), Cops(home, stop)
    cops.start()
    try:
        _wait(lambda: _published_count(url) > 10, "some events published")
        kill(relaying)
        home.start("relay")
        _wait(lambda: len(read_books(url).states) == CONVERSATIONS and _all_ended(home), "every conversation ended")
        _wait(lambda: read_books(url).unpublished == 0, "an empty outbox")
    finally:
        stop.set()
        cops.join(30)
    assert home.interrupt(serving) == 0
    books = read_books(url)
    assert_balanced(books)
    assert set(books.states) == set(texts)
    assert books.texts == Counter(prepare(text) for text in texts.values())
    _assert_published(books, kafka_door.published(bootstrap, prefix))


def _published_count(url: str) -> int:
    books = read_books(url)
    return len(_to_publish(books)) - books.unpublished


def _to_publish(books: Books) -> list[tuple[str, str | None]]:
    return [fact for fact in books.history if topic_of(EventKind(fact[0])) is not None]


def _assert_published(books: Books, topics: dict[str, list[dict[str, Any]]]) -> None:
    """Every fact at least once; repetitions carry the same id; each conversation's facts in order a topic."""
    first_seen = {name: list({event["id"]: event for event in events}.values()) for name, events in topics.items()}
    facts = Counter((event["type"], event["key"]) for events in first_seen.values() for event in events)
    assert facts == Counter((f"pointsman.{kind}.v1", id) for kind, id in _to_publish(books))
    for events in first_seen.values():
        last: dict[str, str] = {}
        for event in events:
            assert event["sequence"] > last.get(event["key"], "")
            last[event["key"]] = event["sequence"]
