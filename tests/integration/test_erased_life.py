"""A customer lives through every door, is erased, and is found nowhere: tables, raw bytes, topics, files, lessons."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import FrozenClock, make_context
from customer_life import CAROL, DAVE, everything, handled, is_there
from doubles import ScriptedClassifier, ScriptedModel, ScriptedModelFiles
from fastapi.testclient import TestClient
from integration.kafka_roles import QUICK, running
from kafka import KafkaProducer
from kafka_door import published
from rest_door import LOCAL, DoorService
from servers import processes

from api.app import create_app
from routing.adapters.erasure import reach_of
from routing.adapters.kafka import Topics, ensure_topics, run_consumer, run_relay
from routing.adapters.kafka.erased_letters import DeadLetterBox
from routing.adapters.kafka.letters import read_records
from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.services import audit, learning
from routing.services.context import Context
from routing.services.handle_time_log import handled_work
from routing.services.held_out import material
from routing.settings import Settings

pytestmark = pytest.mark.kafka

BY_KAFKA = "unsure card_lost my marmalade teapot cracked"
BY_REST = "unsure card_lost the zeppelin brochure never came"
NEVER_READ = "the obsidian umbrella was swallowed"
SECRETS = (CAROL, "marmalade", "zeppelin", "obsidian")


class House:
    """One installation: a database, topics of its own, a REST door; its clock stands."""

    def __init__(self, url: str, bootstrap: str, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(
            data_dir=folder,
            kafka_bootstrap=bootstrap,
            kafka_prefix=f"t{uuid.uuid4().hex[:10]}",
            kafka_group=uuid.uuid4().hex,
            backups_kept_days=35,
        )
        self.topics = Topics(self.settings.kafka_prefix)
        self.bootstrap = bootstrap
        ensure_topics(self.settings, partitions=2)
        upgrade(url)
        self.store = SqlStore(url)
        self.context: Context = make_context(self.store, clock=FrozenClock(datetime.now(UTC)))
        reach = reach_of(self.settings, self.store)
        self.client = TestClient(
            create_app(DoorService(self.context, ScriptedClassifier(), self.settings, erasing=reach)), base_url=LOCAL
        )

    def send(self, *values: bytes) -> None:
        producer = KafkaProducer(bootstrap_servers=self.bootstrap)
        for value in values:
            producer.send(self.topics.messages, value, b"key").get(30)
        producer.close()

    def letters(self) -> list[Any]:
        return list(read_records(self.settings))

    def take_in(self, done: Any) -> None:
        with running(lambda stop: run_consumer(self.context, self.settings, stop, QUICK)):
            processes.wait_until(done, "everything read")

    def relay(self) -> dict[str, list[dict[str, Any]]]:
        def left() -> bool:
            with self.store.reading() as uow:
                return uow.outbox.count_pending() == 0

        with running(lambda stop: run_relay(self.context, self.settings, stop)):
            processes.wait_until(left, "an empty outbox")
        return published(self.bootstrap, self.settings.kafka_prefix)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def house(request: pytest.FixtureRequest, kafka_bootstrap: str, tmp_path: Path) -> Iterator[House]:
    if request.param == "sqlite":
        made = House(f"sqlite:///{tmp_path / 'pointsman.db'}", kafka_bootstrap, tmp_path)
        yield made
        made.store.close()
        return
    from servers.postgres import create_database, drop_database

    base: str = request.getfixturevalue("postgres_url")
    url = create_database(base)
    made = House(url, kafka_bootstrap, tmp_path)
    yield made
    made.store.close()
    drop_database(base, url)


def message(customer: str, text: str, conversation: str, market: str = "uk") -> bytes:
    data = {"text": text, "market": market, "conversation_id": conversation, "customer_id": customer}
    head = {"specversion": "1.0", "id": f"e-{conversation}", "source": f"urn:chat:{customer}"}
    return json.dumps({**head, "type": "pointsman.conversation.message.v1", "data": data}).encode()


def lived(house: House) -> None:
    """By Kafka and by REST; two letters of Carol's and one of Dave's cannot be read."""
    house.send(
        message(CAROL, BY_KAFKA, "talk-k"),
        message(CAROL, NEVER_READ, "talk-lost", market="atlantis"),
        message(DAVE, "the violet bicycle", "talk-d", market="atlantis"),
        b'{"customer": "' + CAROL.encode() + b'", broken',
        message(DAVE, "the amber whistle", "talk-e", market="atlantis"),
    )
    house.take_in(lambda: is_there(house.context, "talk-k") and len(house.letters()) == 4)
    begun = {"text": BY_REST, "market": "uk", "id": "talk-r", "customer_id": CAROL}
    reply = house.client.post("/v1/conversations", json=begun, headers={"Idempotency-Key": f"k-{CAROL}"})
    assert reply.status_code == 201, reply.text
    for id in ("talk-k", "talk-r"):
        handled(house.context, CAROL, id)


def exported(house: House) -> Path:
    path = house.folder / "exports" / "log.jsonl"
    path.parent.mkdir()
    with house.store.transaction() as uow:
        uow.exports.note(str(path), "handle times", house.context.clock.now())
        uow.commit()
    rows = [asdict(row) for row in handled_work(house.context)]
    path.write_text("".join(json.dumps(row, default=str) + "\n" for row in rows))
    return path


def trained(house: House) -> ScriptedModelFiles:
    files = ScriptedModelFiles(models={"new": ScriptedModel({})})
    learning.retrain(house.context, files)
    return files


def raw(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_an_erased_customer_is_found_nowhere(house: House) -> None:
    lived(house)
    export, files = exported(house), trained(house)
    assert all(secret in everything(house.context) for secret in SECRETS[:3])
    assert "talk-r" in export.read_text() and "zeppelin" in repr(files.lessons[0])
    assert any(CAROL.encode() in record.value for record in house.letters())
    head = audit.verify(house.store, []).head

    reply = house.client.post(f"/v1/customers/{CAROL}/erasure", json={"reason": "case 2026-17"})
    assert reply.status_code == 200, reply.text
    receipt = reply.json()

    left = everything(house.context)
    assert [secret for secret in SECRETS if secret in left] == []
    assert all("conversation.erased" in row for row in left.splitlines() if "talk-k" in row or "talk-r" in row)
    found = raw(house.folder)
    assert [secret for secret in SECRETS if secret.encode() in found] == []
    assert "talk-" not in export.read_text()
    assert not [s for s in SECRETS for record in house.letters() if s.encode() in record.value]
    assert sorted(json.loads(record.value)["data"]["customer_id"] for record in house.letters()) == [DAVE, DAVE]
    assert "zeppelin" not in repr(material(house.context)) and "marmalade" not in repr(material(house.context))
    verified = audit.verify(house.store, [])
    assert verified.whole and verified.erased == receipt["counts"]["facts"] and head is not None

    counts = receipt["counts"]
    assert (counts["conversations"], counts["messages"], counts["dead letters"]) == (2, 2, 2)
    assert counts["exports"] >= 2 and counts["labels"] >= 2 and counts["replies"] >= 2
    assert [(model["version"], model["labels"]) for model in receipt["models"]] == [("new", counts["labels"])]
    assert CAROL not in reply.text and "talk-" not in reply.text
    places = {each["place"]: each["until"] for each in receipt["lingering"]}
    assert places[f"the Kafka topic {house.topics.messages}"] is not None
    assert any(place.startswith("back-ups") and until for place, until in places.items())

    topics = house.relay()
    assert {event["subject"] for event in topics["erasures"]} == {"talk-k", "talk-r"}
    told = [event for name, events in topics.items() if name != "erasures" for event in events]
    assert not [event for event in told if event["subject"] in ("talk-k", "talk-r")]

    again = house.client.post(f"/v1/customers/{CAROL}/erasure", json={"reason": "asked again"}).json()
    assert sum(again["counts"].values()) == 0 and again["first"] == receipt["id"]
    house.send(message(CAROL, BY_KAFKA, "talk-k"), message(DAVE, "card_lost hello", "talk-f"))
    house.take_in(lambda: is_there(house.context, "talk-f"))
    assert not is_there(house.context, "talk-k")


def test_letters_past_their_time_are_purged_and_newer_ones_stay(house: House) -> None:
    lived(house)
    box = DeadLetterBox(house.settings)
    now = house.context.clock.now()
    assert box.purge(now - timedelta(days=1)) == 0 and len(house.letters()) == 4
    assert box.purge(now + timedelta(days=1)) == 4 and house.letters() == []
    assert box.purge(now + timedelta(days=1)) == 0
