"""The Kafka door of an installation as other systems see it: messages put in, published events read back."""

import json
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from routing.domain.events import TOPICS

Json = dict[str, Any]


def topics_exist(bootstrap: str, prefix: str) -> bool:
    """Whether the roles have created their topics."""
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        return {f"{prefix}.messages", *(f"{prefix}.{name}" for name in TOPICS)} <= set(client.list_topics())
    finally:
        client.close()


def send_messages(bootstrap: str, prefix: str, texts: Mapping[str, str]) -> None:
    """Put customers' first messages in, conversation id -> text; returns when the broker has them all."""
    events = {
        id: _event("conversation.message", {"conversation_id": id, "text": text, "market": "gb"})
        for id, text in texts.items()
    }
    _send(bootstrap, f"{prefix}.messages", events)


def send_presence(bootstrap: str, prefix: str, cop_ids: Iterable[str], presence: str) -> None:
    """Say of each COp whether they are there."""
    data = {id: {"cop_id": id, "presence": presence} for id in cop_ids}
    _send(bootstrap, f"{prefix}.presence", {id: _event("cop.presence", said) for id, said in data.items()})


def _event(name: str, data: Json) -> Json:
    return {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "source": "urn:test:shop-window",
        "type": f"pointsman.{name}.v1",
        "time": datetime.now(UTC).isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }


def _send(bootstrap: str, topic: str, events: Mapping[str, Json]) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap)
    try:
        sent = [producer.send(topic, json.dumps(event).encode(), key=key.encode()) for key, event in events.items()]
        for future in sent:
            future.get(60)
    finally:
        producer.close()


def published(bootstrap: str, prefix: str) -> dict[str, list[Json]]:
    """Everything published so far: topic -> events, in the order of each partition."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    try:
        return {name: _whole_topic(consumer, f"{prefix}.{name}") for name in TOPICS}
    finally:
        consumer.close()


def _whole_topic(consumer: Any, topic: str) -> list[Json]:
    places = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
    consumer.assign(places)
    consumer.seek_to_beginning(*places)
    ends = consumer.end_offsets(places)
    found: dict[Any, list[Json]] = defaultdict(list)
    while any(consumer.position(place) < ends[place] for place in places):
        for place, records in consumer.poll(timeout_ms=1_000).items():
            found[place] += [{**json.loads(record.value), "key": record.key.decode()} for record in records]
    return [event for place in places for event in found[place]]
