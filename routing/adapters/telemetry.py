"""Where traces go, and how log lines look: text for people, JSON with trace ids for machines."""

import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version

from opentelemetry import trace

from routing.domain.errors import Unavailable

TEXT = "%(asctime)s %(levelname)s %(name)s %(message)s"
CHATTY = ("httpx", "kafka", "alembic", "sentence_transformers", "faiss", "opentelemetry", "urllib3")


class JsonLines(logging.Formatter):
    """One JSON object a line; a traceback is inside it, so that a line is always one event."""

    def format(self, record: logging.LogRecord) -> str:
        """time, level, logger, message; trace_id and span_id inside a trace; error where one was logged."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        span = trace.get_current_span().get_span_context()
        if span.is_valid:
            line |= {"trace_id": f"{span.trace_id:032x}", "span_id": f"{span.span_id:016x}"}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def log_to_stderr(level: str, form: str) -> None:
    """Every line of this process to stderr, as `text` or `json`; libraries only from WARNING on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter(TEXT))
    logging.basicConfig(level=level, handlers=[handler])
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)


def trace_to(endpoint: str | None, role: str) -> Callable[[], None]:
    """Send spans to an OTLP receiver over HTTP, in batches beside the work; returns what sends the last ones.

    None sends nothing. Raises Unavailable where the packages of the extra are missing.
    """
    if endpoint is None:
        return lambda: None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as error:
        raise Unavailable(f"{error.name} is not installed: pip install 'pointsman[otel]', or unset it") from error
    about = {"service.name": "pointsman", "service.version": version("pointsman"), "pointsman.role": role}
    provider = TracerProvider(resource=Resource.create(about))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")))
    trace.set_tracer_provider(provider)
    return provider.shutdown
