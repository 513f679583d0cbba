"""A message for a market that nobody knew is sent again by command once the pack has it, and stored once."""

import json
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from installation import Installation
from integration.kafka_roles import QUICK, FixedPack, context_over, running, settings_for, small_pack
from kafka import KafkaProducer
from servers import processes

from routing.adapters.kafka import Topics, ensure_topics, run_consumer
from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.tables import messages
from routing.adapters.sql.unit_of_work import SqlStore
from routing.domain.pack import Pack

pytestmark = pytest.mark.kafka


def with_market(key: str) -> Pack:
    pack = small_pack()
    return replace(pack, markets={**pack.markets, key: replace(pack.markets["uk"], key=key)})


def intake(store: SqlStore, settings: object, pack: Pack) -> Callable[[threading.Event], None]:
    context = replace(context_over(store), packs=FixedPack(pack))
    return partial(_run, context, settings)


def _run(context: object, settings: object, stop: threading.Event) -> None:
    run_consumer(context, settings, stop, QUICK)  # type: ignore[arg-type]


def stored(store: SqlStore) -> int:
    with store.engine.connect() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(messages)).scalar_one()


def test_a_dead_letter_is_listed_without_its_words_and_replayed_once_its_cause_is_mended(
    kafka_bootstrap: str, tmp_path: Path
) -> None:
    settings = settings_for(kafka_bootstrap, f"t{uuid.uuid4().hex[:10]}")
    ensure_topics(settings, partitions=2)
    url = f"sqlite:///{tmp_path / 'pointsman.db'}"
    upgrade(url)
    store = SqlStore(url)
    home = Installation(
        tmp_path,
        {
            "POINTSMAN_KAFKA_BOOTSTRAP": kafka_bootstrap,
            "POINTSMAN_KAFKA_PREFIX": settings.kafka_prefix,
        },
    )
    data = {"text": "my secret words", "market": "atlantis", "conversation_id": "c-1"}
    head = {"specversion": "1.0", "id": "e-1", "source": "urn:chat", "type": "pointsman.conversation.message.v1"}
    producer = KafkaProducer(bootstrap_servers=kafka_bootstrap)
    producer.send(Topics(settings.kafka_prefix).messages, json.dumps({**head, "data": data}).encode(), b"c-1").get(30)
    producer.close()

    with running(intake(store, settings, small_pack())):
        processes.wait_until(lambda: "1 dead letters" in home.run("dead-letters", "list").stdout, "a dead letter")
    listed = home.run("dead-letters", "list").stdout
    refused = home.run("dead-letters", "replay", code=2)
    dry = home.run("dead-letters", "replay", "--all", "--dry-run").stdout
    with running(intake(store, settings, with_market("atlantis"))):
        sent = home.run("dead-letters", "replay", "--reason", "unknown_market").stdout
        processes.wait_until(lambda: stored(store) == 1, "the message stored")
        home.run("dead-letters", "replay", "--reason", "unknown_market")

    assert "unknown_market at data.market" in listed and "secret" not in listed
    assert "which letters?" in refused.stderr
    assert "would be sent again" in dry and "sent again" in sent
    assert stored(store) == 1
    store.close()
