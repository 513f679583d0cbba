"""One trace from message to offer, request spans that follow the caller's, and log lines that name the trace."""

import io
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from rest_door import Door, make_door
from seeds import read

from routing.adapters.kafka.publisher import KafkaPublisher
from routing.adapters.kafka.record_store import RecordStore
from routing.adapters.kafka.topics import Topics
from routing.adapters.kafka.wire import Unreadable
from routing.adapters.telemetry import JsonLines, trace_to
from routing.domain.errors import Unavailable
from routing.services import tracing

TOPICS = Topics("p")
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    """Python has one tracer provider for good: whichever module came first made it."""
    kept, provider = InMemorySpanExporter(), trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(kept))
    return kept


@pytest.fixture
def door(exporter: InMemorySpanExporter) -> Iterator[Door]:
    exporter.clear()
    yield make_door()
    exporter.clear()


def spans(exporter: InMemorySpanExporter, name: str) -> list[ReadableSpan]:
    return [span for span in exporter.get_finished_spans() if span.name == name]


def test_message_triage_wait_and_offer_are_one_trace(door: Door, exporter: InMemorySpanExporter):
    door.available("ada")
    conversation = door.begin()
    door.understand()
    door.clock.advance(7)
    door.match()
    [offer] = door.client.get("/v1/cops/ada/offers").json()["items"]
    door.clock.advance(3)
    assert door.client.post(f"/v1/offers/{offer['id']}/accept").is_success
    way = [span for span in exporter.get_finished_spans() if span.name.startswith("conversation.")]
    assert [span.name.split(".")[1] for span in way] == ["receive", "triage", "wait", "offer"]
    assert {span.context.trace_id for span in way} == {tracing.root_of(conversation).trace_id}
    seconds = [(span.end_time - span.start_time) / 1e9 for span in way]
    assert seconds[2:] == [7.0, 3.0]
    assert way[2].attributes["offer_id"] == offer["id"]


def test_spans_carry_no_words_of_the_customer(door: Door, exporter: InMemorySpanExporter):
    door.offered(text="swordfish card_lost")
    assert exporter.get_finished_spans()
    assert "swordfish" not in " ".join(span.to_json() for span in exporter.get_finished_spans())


def test_a_request_follows_its_callers_trace_and_is_linked_from_the_conversation(
    door: Door, exporter: InMemorySpanExporter
):
    body = {"text": "my card is gone card_lost", "market": "uk"}
    reply = door.client.post("/v1/conversations", json=body, headers={"traceparent": CALLER})
    assert reply.status_code == 201
    [request] = spans(exporter, "POST /v1/conversations")
    assert f"{request.context.trace_id:032x}" == CALLER.split("-")[1]
    assert request.attributes["http.response.status_code"] == 201
    [received] = spans(exporter, "conversation.receive")
    assert [link.context.span_id for link in received.links] == [request.context.span_id]


def test_a_path_that_does_not_exist_makes_no_name_of_its_own(door: Door, exporter: InMemorySpanExporter):
    door.client.get("/v1/nothing/secret-id?customer=maria")
    told = " ".join(span.to_json() for span in exporter.get_finished_spans())
    assert "GET unmatched" in told and "secret-id" not in told and "maria" not in told


def test_a_repeated_message_leaves_one_span(door: Door, exporter: InMemorySpanExporter):
    body = {"text": "card_lost", "market": "uk"}
    for _ in range(2):
        door.client.post("/v1/conversations", json=body, headers={"Idempotency-Key": "k"})
    assert len(spans(exporter, "conversation.receive")) == 1


def test_the_same_conversation_has_the_same_trace_in_every_process():
    assert tracing.root_of("c-1") == tracing.root_of("c-1")
    assert tracing.root_of("c-1").trace_id != tracing.root_of("c-2").trace_id
    assert tracing.root_of("c-1").is_valid


def test_json_lines_are_one_object_a_line_with_the_trace(exporter: InMemorySpanExporter):
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(JsonLines())
    logger = logging.Logger("pointsman.test")
    logger.addHandler(handler)
    with trace.get_tracer("test").start_as_current_span("outer") as span:
        logger.info("two\nlines and %s", "a value")
    try:
        raise ValueError("broken")
    except ValueError:
        logger.exception("outside")
    first, second = (json.loads(line) for line in text.getvalue().splitlines())
    assert first["message"] == "two\nlines and a value" and first["level"] == "INFO"
    assert first["trace_id"] == f"{span.get_span_context().trace_id:032x}"
    assert "trace_id" not in second and "ValueError: broken" in second["error"]


def test_without_an_endpoint_nothing_is_sent_and_without_the_extra_the_fix_is_named(monkeypatch: pytest.MonkeyPatch):
    trace_to(None, "serve")()
    monkeypatch.setitem(__import__("sys").modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(Unavailable, match=r"pointsman\[otel\]"):
        trace_to("http://127.0.0.1:4318", "serve")


def test_a_step_never_ends_before_it_begins(exporter: InMemorySpanExporter):
    from builders import NOON

    exporter.clear()
    tracing.passed("c-1", "wait", NOON + timedelta(seconds=5), NOON)
    [span] = spans(exporter, "conversation.wait")
    assert span.start_time <= span.end_time


@dataclass(frozen=True)
class Record:
    """What the Kafka client hands out."""

    value: bytes
    headers: tuple[tuple[str, bytes], ...] = (("TraceParent", CALLER.encode()), ("tracestate", b"\xff"))
    topic: str = TOPICS.messages


def message(id: str, text: str = "my card is gone card_lost", **data: str) -> Record:
    head = {"specversion": "1.0", "id": f"e-{id}", "source": "shop", "type": "pointsman.conversation.message.v1"}
    return Record(json.dumps({**head, "data": {"text": text, "market": "uk", "conversation_id": id, **data}}).encode())


def test_a_record_follows_its_senders_trace_and_is_linked_with_its_conversation(
    door: Door, exporter: InMemorySpanExporter
):
    RecordStore(door.context, TOPICS).add(message("c-7"))
    [taken] = spans(exporter, "p.messages process")
    assert f"{taken.context.trace_id:032x}" == CALLER.split("-")[1]
    assert [link.context for link in taken.links] == [tracing.root_of("c-7")]
    [received] = spans(exporter, "conversation.receive")
    assert [link.context.span_id for link in received.links] == [taken.context.span_id]


def test_records_stored_together_follow_each_its_own(door: Door, exporter: InMemorySpanExporter):
    other = "00-11111111111111111111111111111111-2222222222222222-01"
    records = [message("c-8"), replace(message("c-9"), headers=(("traceparent", other.encode()),))]
    assert RecordStore(door.context, TOPICS).add_together(records)
    taken = spans(exporter, "p.messages process")
    assert [f"{span.context.trace_id:032x}" for span in taken] == [each.split("-")[1] for each in (CALLER, other)]
    assert [span.links[0].context for span in taken] == [tracing.root_of("c-8"), tracing.root_of("c-9")]
    assert not RecordStore(door.context, TOPICS).add_together([message("c-10"), message("c-11", market="atlantis")])
    assert len(spans(exporter, "p.messages process")) == 2


def test_a_record_that_is_refused_leaves_no_word_of_it_in_the_trace(door: Door, exporter: InMemorySpanExporter):
    with pytest.raises(Unreadable):
        RecordStore(door.context, TOPICS).add(message("c-12", text="swordfish", market="swordfish"))
    assert "swordfish" not in " ".join(span.to_json() for span in exporter.get_finished_spans())


def test_what_leaves_carries_on_the_trace_of_its_conversation(door: Door, exporter: InMemorySpanExporter):
    door.offered()
    facts = read(door.context.store, lambda uow: [each for each in uow.outbox.pending(9) if each.conversation_id])
    sent: list[Any] = []
    producer = SimpleNamespace(send=sent.extend)
    KafkaPublisher(producer, TOPICS).publish(facts)
    left = [span.context.span_id for span in exporter.get_finished_spans() if span.name.endswith(" publish")]
    trace_id = tracing.root_of(str(facts[0].conversation_id)).trace_id
    assert facts and [dict(each.headers)["traceparent"].decode() for each in sent] == [
        f"00-{trace_id:032x}-{span_id:016x}-01" for span_id in left
    ]
