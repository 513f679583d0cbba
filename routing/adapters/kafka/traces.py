"""Trace context on Kafka (W3C `traceparent`): what a sender began is continued, and what leaves goes on from here.

Without an SDK (`routing.adapters.telemetry`) nothing is measured, and no record gets a header.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from opentelemetry import propagate, trace
from opentelemetry.trace import NonRecordingSpan, Span, SpanKind

from routing.domain.events import Event
from routing.services.tracing import root_of

HEADERS = ("traceparent", "tracestate")
_tracer = trace.get_tracer("pointsman.kafka")


@contextmanager
def taking_in(record: Any) -> Iterator[Span]:
    """A span of taking one record in, in the trace its sender names; current meanwhile, so that others link it."""
    # An exception's words may quote a customer: neither it nor its text belongs to the span.
    quiet = {"record_exception": False, "set_status_on_exception": False}
    with trace.use_span(_begun(record), end_on_exit=True, **quiet) as span:
        yield span


@contextmanager
def taking_in_together(records: Sequence[Any]) -> Iterator[list[Span]]:
    """A span a record; none is told of where storing them fails: each is taken in by itself then."""
    spans = [_begun(record) for record in records]
    yield spans
    for span in spans:
        span.end()


def lead_to(span: Span, conversation_id: str) -> None:
    """Link a record's span with the trace of the conversation that it became part of."""
    span.add_link(root_of(conversation_id))


def carried(event: Event) -> list[tuple[str, bytes]]:
    """The header of a fact that leaves: a span of its conversation's trace, for its subscribers to go on from."""
    if event.conversation_id is None:
        return []
    parent = trace.set_span_in_context(NonRecordingSpan(root_of(event.conversation_id)))
    span = _tracer.start_span(f"{event.kind} publish", parent, kind=SpanKind.PRODUCER)
    if not span.is_recording():
        return []
    context = span.get_span_context()
    span.end()
    return [(HEADERS[0], f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}".encode())]


def _begun(record: Any) -> Span:
    named = {name.lower(): value.decode("latin-1") for name, value in record.headers or () if value is not None}
    parent = propagate.extract({name: named[name] for name in HEADERS if name in named})
    return _tracer.start_span(f"{record.topic} process", parent, kind=SpanKind.CONSUMER)
