"""A span around each request, in the trace that the caller names."""

from typing import TYPE_CHECKING

from opentelemetry import propagate, trace
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from fastapi.telemetry import TelemetryConfig

_tracer = trace.get_tracer("pointsman.api")
_FAILED = 500
NO_TELEMETRY: "TelemetryConfig" = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""FastAPI's own spans and logs, switched off: they tell paths, queries, and what a request held that was refused."""


class Traced:
    """Reads `traceparent`, and tells method, route and status; never a path's ids, a query or a body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        parent = propagate.extract(dict(Headers(scope=scope)))
        with _tracer.start_as_current_span(
            scope["method"], parent, kind=trace.SpanKind.SERVER, record_exception=False
        ) as span:

            async def sending(message: Message) -> None:
                if message["type"] == "http.response.start":
                    _tell(span, scope, message["status"])
                await send(message)

            await self._app(scope, receive, sending)


def _tell(span: trace.Span, scope: Scope, status: int) -> None:
    route = str(getattr(scope.get("route"), "path", "unmatched"))
    span.update_name(f"{scope['method']} {route}")
    span.set_attribute("http.request.method", scope["method"])
    span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    if status >= _FAILED:
        span.set_status(trace.StatusCode.ERROR)
