"""The way of a conversation from message to offer, as OpenTelemetry spans of one trace.

The trace's id is a digest of the conversation's id, so every process and restart adds to the same trace, and nothing
has to be handed on. Spans carry ids and numbers, never a word; without an SDK (`routing.adapters.telemetry`) they are
nothing.
"""

import hashlib
from datetime import datetime

from opentelemetry import trace
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, TraceFlags

_tracer = trace.get_tracer("pointsman")


def current() -> SpanContext:
    """What runs at this moment, such as the request that brings a message."""
    return trace.get_current_span().get_span_context()


def passed(
    conversation_id: str,
    step: str,
    begun: datetime,
    ended: datetime,
    by: SpanContext | None = None,
    **facts: str | float,
) -> None:
    """One step of the way, by the service's clock: `receive`, `triage`, `wait` or `offer`.

    What did it is linked: `by`, or what runs at this moment.
    """
    source = by or current()
    span = _tracer.start_span(
        f"conversation.{step}",
        trace.set_span_in_context(NonRecordingSpan(root_of(conversation_id))),
        attributes={"pointsman.conversation_id": conversation_id, **facts},
        links=[Link(source)] if source.is_valid else [],
        start_time=_nanoseconds(min(begun, ended)),
    )
    span.end(_nanoseconds(ended))


def root_of(conversation_id: str) -> SpanContext:
    """What all of a conversation's spans hang from; nobody sends this one."""
    digest = hashlib.sha256(f"pointsman-trace|{conversation_id}".encode()).digest()
    trace_id, span_id = int.from_bytes(digest[:16]), int.from_bytes(digest[16:24])
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _nanoseconds(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000) * 1_000
