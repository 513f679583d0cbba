"""The published contract: schemas, samples and the AsyncAPI document agree with the code, both ways round."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from routing.adapters.kafka import Topics
from routing.adapters.kafka.incoming import INCOMING, read
from routing.adapters.kafka.outgoing import DATA_OF, cloud_event, outgoing_record, type_of
from routing.adapters.kafka.schemas import models, rendered, schema_of
from routing.adapters.kafka.wire import CloudEvent, EventType, Reason, validated
from routing.domain.events import Event, EventKind, topic_of

ROOT = Path(__file__).parents[3]
SCHEMAS = ROOT / "docs" / "schemas" / "events"
SAMPLES = Path(__file__).with_name("samples")
ASYNCAPI: dict[str, Any] = yaml.safe_load((ROOT / "docs" / "asyncapi.yaml").read_text())
TYPES = sorted(models(), key=str)
each_type = pytest.mark.parametrize("event_type", TYPES, ids=str)
FIX = "run python -m routing.adapters.kafka.schemas docs/schemas/events"


def sample(event_type: EventType) -> bytes:
    return (SAMPLES / f"{event_type}.json").read_bytes()


@each_type
def test_the_committed_schema_is_the_code_s(event_type: EventType) -> None:
    assert (SCHEMAS / f"{event_type}.json").read_text() == rendered(event_type), FIX


def test_every_committed_schema_and_sample_is_of_a_type_that_exists() -> None:
    names = {f"{event_type}.json" for event_type in TYPES}
    assert {file.name for file in SCHEMAS.iterdir()} == names
    assert {file.name for file in SAMPLES.iterdir()} == names


@each_type
def test_the_committed_sample_fits_its_schema(event_type: EventType) -> None:
    schema = schema_of(event_type)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(sample(event_type)), schema, jsonschema.Draft202012Validator)


@each_type
def test_the_committed_sample_still_parses(event_type: EventType) -> None:
    if event_type in INCOMING:
        assert read(sample(event_type), [], event_type)
    event = validated(CloudEvent, json.loads(sample(event_type)))
    assert models()[event_type].model_validate(event.data)


@each_type
def test_a_schema_refuses_data_of_another_type(event_type: EventType) -> None:
    other = json.loads(sample(event_type)) | {"type": "pointsman.other.v1"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(other, schema_of(event_type), jsonschema.Draft202012Validator)


def test_every_kind_with_a_topic_has_a_type_and_no_other_kind_has() -> None:
    assert set(DATA_OF) == {kind for kind in EventKind if topic_of(kind) is not None}


def test_the_document_has_every_topic_of_the_code_and_no_other() -> None:
    addresses = {channel["address"].replace("{prefix}", "p") for channel in ASYNCAPI["channels"].values()}
    assert addresses == set(Topics("p").all)


def test_the_document_puts_every_type_on_its_topic() -> None:
    expected: dict[str, set[str]] = {"messages": set(), "presence": set()}
    for event_type in INCOMING:
        expected["messages" if event_type.name == "conversation.message" else "presence"].add(str(event_type))
    for kind in DATA_OF:
        expected.setdefault(topic_of(kind) or "", set()).add(str(type_of(kind)))
    said = {name: _types_on(channel) for name, channel in ASYNCAPI["channels"].items() if name != "dead_letter"}
    assert said == expected


def _types_on(channel: dict[str, Any]) -> set[str]:
    keys = [message["$ref"].rpartition("/")[2] for message in channel["messages"].values()]
    return {ASYNCAPI["components"]["messages"][key]["name"] for key in keys}


def test_the_document_s_payloads_are_the_committed_schemas() -> None:
    for message in ASYNCAPI["components"]["messages"].values():
        if message["name"] != "deadLetter":
            file = ROOT / "docs" / message["payload"]["schema"]["$ref"]
            assert json.loads(file.read_text())["title"] == message["name"]


def test_the_document_and_the_guide_name_every_reason_for_a_dead_letter() -> None:
    headers = ASYNCAPI["components"]["messages"]["deadLetter"]["headers"]["properties"]
    assert headers["pointsman-reason"]["enum"] == [str(reason) for reason in Reason]
    guide = (ROOT / "docs" / "events.md").read_text()
    assert [reason for reason in Reason if f"`{reason}`" not in guide] == []


def test_every_operation_names_a_channel_that_exists() -> None:
    for operation in ASYNCAPI["operations"].values():
        assert operation["channel"]["$ref"].rpartition("/")[2] in ASYNCAPI["channels"]
    assert len(ASYNCAPI["operations"]) == len(ASYNCAPI["channels"])


def accepted(seq: int) -> Event:
    at = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
    return Event(EventKind.OFFER_ACCEPTED, at, "anna", "c1", "anna", {"offer_id": "o1"}, seq)


def test_the_same_event_always_has_the_same_id_and_bytes() -> None:
    assert outgoing_record(accepted(7), Topics("p")) == outgoing_record(accepted(7), Topics("p"))


def test_two_events_never_share_an_id_and_the_sequence_sorts_as_text() -> None:
    nine, ten = cloud_event(accepted(9), "p"), cloud_event(accepted(10), "p")
    assert nine.id != ten.id
    assert (nine.sequence or "") < (ten.sequence or "")


def test_a_record_is_keyed_by_its_conversation_and_carries_the_cop() -> None:
    record = outgoing_record(accepted(7), Topics("p"))
    assert (record.topic, record.key) == ("p.offers", b"c1")
    assert json.loads(record.value)["data"] == {
        "conversation_id": "c1",
        "cop_id": "anna",
        "actor": "anna",
        "offer_id": "o1",
    }
