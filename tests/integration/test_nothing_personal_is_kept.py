"""Personal data sent in through every door is found nowhere: rows, files, letters, topics, logs, traces, models."""

import io
import logging
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from builders import make_context
from doubles import ScriptedClassifier, ScriptedMatcher
from integration.kafka_house import House, event, places_of, send
from integration.kafka_house import message as incoming
from integration.kafka_roles import QUICK, running, settings_for
from kafka import KafkaConsumer
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from planted_data import CANARY, PLANTED, found, in_files, in_tables, message
from rest_door import Door, bearer, make_door, write_tokens
from servers import processes
from small_bank import WordEncoder, make_examples

from encoders.training import Example, train
from routing.adapters.classifier import EncodersMasker
from routing.adapters.kafka import Topics, ensure_topics, run_consumer, run_relay
from routing.adapters.kafka.outgoing import outgoing_record
from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.adapters.telemetry import JsonLines
from routing.domain.cop import CopId, Presence
from routing.domain.events import topic_of
from routing.services import matching, presence, triage

POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


@pytest.fixture(params=["sqlite", POSTGRES])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    if request.param == "sqlite":
        (tmp_path / "data").mkdir()
        url = f"sqlite:///{tmp_path / 'data' / 'pointsman.db'}"
    else:
        url = request.getfixturevalue("postgres_database")()
    upgrade(url)
    opened = SqlStore(url)
    yield opened
    opened.close()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Every line of every logger, as `POINTSMAN_LOG_FORMAT=json` writes it, at the most talkative level."""
    text, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(text), root.level
    handler.setFormatter(JsonLines())
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Python has one tracer provider for good: whichever module came first made it."""
    exporter, provider = InMemorySpanExporter(), trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield exporter
    exporter.shutdown()


@pytest.fixture
def door(store: SqlStore, tmp_path: Path) -> Door:
    return make_door(write_tokens(tmp_path / "tokens.toml"), store=store, masker=EncodersMasker())


def assert_nowhere(store: SqlStore, folder: Path) -> None:
    """In no row and, of SQLite, in no file; and the search finds what is meant to be there."""
    rows = list(in_tables(store.engine))
    assert found(rows) == []
    assert sum(CANARY.encode() in content for _, content in rows) >= len(PLANTED)
    on_disk = store.engine.dialect.name == "sqlite"
    store.close()
    files = list(in_files(folder)) if on_disk else []
    assert found(files) == []
    assert any(CANARY.encode() in content for _, content in files) or not on_disk


def test_what_customers_and_cops_write_over_rest_is_kept_nowhere(
    door: Door, store: SqlStore, log: io.StringIO, spans: InMemorySpanExporter, tmp_path: Path
) -> None:
    answers = [reply for kind in PLANTED for reply in _lived(door, kind)]
    answers.append(door.client.get("/metrics", headers=bearer("root")).content)

    told = [(kind, value) for kind, value in _published(store)]
    traces = [("trace", span.to_json().encode()) for span in spans.get_finished_spans()]
    assert len(told) > 5 * len(PLANTED)
    assert len(traces) > 5 * len(PLANTED)
    assert found([("answer", answer) for answer in answers]) == []
    assert found(told) == []
    assert found(traces) == []
    assert log.getvalue() and found([("log", log.getvalue().encode())]) == []
    assert_nowhere(store, tmp_path / "data")


def _published(store: SqlStore) -> list[tuple[str, bytes]]:
    """Facts as Kafka's subscribers and the webhooks' receivers get them."""
    with store.reading() as uow:
        facts = uow.events.after(0, 10_000)
    return [(fact.kind, outgoing_record(fact, Topics("p")).value or b"") for fact in facts if topic_of(fact.kind)]


def _lived(door: Door, kind: str) -> Iterator[bytes]:
    """A conversation's whole life with planted words at each step where somebody writes; yields the answers."""
    client, words = door.client, message(kind)
    door.available("ada")
    id = door.begin(words)
    again = {**door.robot, "Idempotency-Key": f"key-{kind}"}
    for _ in range(2):
        yield client.post(f"/v1/conversations/{id}/messages", json={"text": words}, headers=again).content
    yield client.post("/v1/triage", json={"text": words, "market": "uk"}, headers=bearer("mona")).content
    yield client.post("/v1/conversations", json={"text": words, "market": "nowhere"}, headers=door.robot).content
    yield client.post("/v1/conversations", json={"texte": words, "market": "uk"}, headers=door.robot).content
    yield client.post("/v1/conversations", content=b'{"text": ' + words.encode(), headers=door.robot).content
    door.understand()
    yield _declined_and_transferred(door, words)
    item = door.in_review(message(kind, "unsure card_late"))
    client.post(f"/v1/reviews/{item['id']}/claim", headers=bearer("mona"))
    verdict = {"issue_type": "card_lost"}
    reply = client.post(f"/v1/reviews/{item['id']}/verdict", json=verdict, headers=bearer("mona"))
    assert reply.is_success, reply.text
    yield reply.content
    yield client.get(f"/v1/conversations/{id}", headers=door.robot).content
    yield client.get("/console/queue", headers=bearer("mona")).content


def _declined_and_transferred(door: Door, words: str) -> bytes:
    door.match()
    offer = _offer(door, "ada")
    declined = door.client.post(f"/v1/offers/{offer}/decline", json={"reason": words}, headers=bearer("ada"))
    assert declined.is_success, declined.text
    door.available("ben")
    door.match()
    work = door.client.post(f"/v1/offers/{_offer(door, 'ben')}/accept", headers=bearer("ben")).json()
    path = f"/v1/assignments/{work['id']}/transfer"
    handed_on = door.client.post(path, json={"reason": words}, headers=bearer("ben"))
    assert handed_on.is_success, handed_on.text
    return declined.content + handed_on.content


def _offer(door: Door, cop_id: str) -> str:
    [*_, offer] = door.client.get(f"/v1/cops/{cop_id}/offers", headers=bearer(cop_id)).json()["items"]
    return str(offer["id"])


POISONED: dict[str, Callable[[str, str], bytes]] = {
    "an unknown market": lambda id, words: incoming(id, None, text=words, market="atlantis"),
    "an unknown type": lambda id, words: event(id, "pointsman.weather.v1", {"deep": [{"er": words}]}),
    "a field too many and one too few": lambda id, words: event(
        id, "pointsman.conversation.message.v1", {"note": words, "market": "uk"}
    ),
    "JSON that ends early": lambda id, words: f'{{"specversion": "1.0", "data": {{"text": "{words}'.encode(),
    "bytes that are no text": lambda id, words: b'{"text": "\xff\xfe ' + words.encode() + b'"}',
    "no JSON at all": lambda id, words: words.encode(),
}


@pytest.mark.kafka
def test_what_comes_by_kafka_is_kept_nowhere_not_even_unread(
    kafka_bootstrap: str, store: SqlStore, log: io.StringIO, spans: InMemorySpanExporter, tmp_path: Path
) -> None:
    settings = settings_for(kafka_bootstrap, f"t{uuid.uuid4().hex[:10]}")
    ensure_topics(settings, partitions=2)
    house = House(str(store.engine.url), settings, tmp_path, store)
    context = make_context(store, masker=EncodersMasker())
    readable = [(kind, incoming(f"e-{kind}", f"c-{kind}", text=message(kind))) for kind in PLANTED]
    poison = [(None, made(f"{name} {kind}", message(kind))) for name, made in POISONED.items() for kind in PLANTED]
    send(house, house.topics.messages, [*readable, *poison])
    # The sender's own client logged what it sent; it is not ours.
    log.truncate(log.seek(0))

    with running(lambda stop: run_consumer(context, settings, stop, QUICK)):
        house.wait_for_messages(len(readable))
        house.wait_for_no_lag()
    triage.triage_batch(context, ScriptedClassifier())
    for cop_id in context.packs.current().roster:
        presence.set_presence(context, presence.PresenceChange(CopId(cop_id), Presence.AVAILABLE, "test"))
    matching.tick(context, ScriptedMatcher(), "main", "test")
    with running(partial(_relay, context, settings)):
        processes.wait_until(lambda: _pending(store) == 0, "the outbox running empty")

    written = _written(house)
    letters = [value for place, value in written if place.startswith(house.topics.dead_letter)]
    assert len(letters) == len(poison)
    assert all(CANARY.encode() in letter for letter in letters)
    assert len(written) > len(letters) + len(readable)
    assert found(written) == []
    assert found([("log", log.getvalue().encode())]) == []
    assert found(("trace", span.to_json().encode()) for span in spans.get_finished_spans()) == []
    assert_nowhere(store, tmp_path / "data")


def _relay(context: object, settings: object, stop: object) -> None:
    run_relay(context, settings, stop)  # type: ignore[arg-type]


def _pending(store: SqlStore) -> int:
    with store.reading() as uow:
        return uow.outbox.count_pending()


def _written(house: House) -> list[tuple[str, bytes]]:
    """Every record of every topic that we write to: key, value and headers."""
    reader = KafkaConsumer(bootstrap_servers=house.bootstrap)
    places = places_of(reader, [name for name in house.topics.all if name not in house.topics.incoming])
    reader.assign(places)
    reader.seek_to_beginning()
    ends, records = reader.end_offsets(places), []

    def read_to_the_end() -> bool:
        for batch in reader.poll(timeout_ms=200).values():
            records.extend(batch)
        return all(reader.position(place) >= ends[place] for place in places)

    processes.wait_until(read_to_the_end, "the topics' ends")
    reader.close()
    return [
        (item.topic, b"\n".join([item.key or b"", item.value or b"", repr(item.headers).encode()])) for item in records
    ]


def test_what_a_model_was_trained_on_is_not_in_its_folder(tmp_path: Path) -> None:
    known = make_examples(40)
    planted = [Example(message(kind), known[0].issue_type) for kind in PLANTED for _ in range(2)]
    train([*known, *planted], encoder=WordEncoder(), seed=1, threads=1).save(tmp_path / "model")
    files = list(in_files(tmp_path / "model"))
    assert found(files) == []
    assert any(CANARY.encode() in content for _, content in files)
