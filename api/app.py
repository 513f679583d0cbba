"""The application: routes, guards and layers put together around a running service."""

import asyncio
import importlib
import importlib.util
import logging
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException

from api.auth import Authenticator, authenticator, check_exposure
from api.dependencies import Served
from api.errors import ApiError
from api.gate import Gate
from api.gathering import Gatherings
from api.metrics import Metrics
from api.middleware import LARGEST_BODY, BodyLimit, Envelope, LocalOnly, answer
from api.rate_limit import Allowance
from api.rest import ROUTERS
from api.roles import RULES, Rule
from api.shutdown import PathsOnly, heard_on_signals
from api.stream import Streams
from api.tracing import NO_TELEMETRY, Traced
from routing.domain.errors import RoutingError
from routing.services.what_if import WhatIfDesk
from routing.settings import Settings

TITLE = "Pointsman"
VERSION = "1"
DESCRIPTION = "Customer-support ticket routing: understood, matched all at once, answered by the right person."


class Background(Protocol):
    """What runs beside the requests, from the application's start to its end."""

    def start(self) -> None: ...
    def stop(self) -> None: ...
    def health(self) -> Mapping[str, str]: ...
    def begun(self) -> bool: ...


def create_app(service: Served, background: Background | None = None, what_if: WhatIfDesk | None = None) -> FastAPI:
    """The application around a service; Exposed when it would listen beyond loopback without authentication."""
    check_exposure(service.settings)
    known = authenticator(service.settings)
    app = routes(_lifespan(background))
    app.state.service = service
    app.state.background = background
    app.state.what_if = what_if
    app.state.gate = Gate(known, _allowance(service.settings))
    app.state.metrics = Metrics(service.context, service.erasing.records)
    app.state.streams = Streams()
    app.state.gatherings = Gatherings()
    app.state.stopping = threading.Event()
    _mount_console(app)
    _surround(app, known)
    return app


def routes(lifespan: Callable[[FastAPI], Any] | None = None) -> FastAPI:
    """The REST routes alone, for the application and for its contract."""
    # FastAPI's own documentation pages load scripts from elsewhere: they are off.
    app = FastAPI(
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
        telemetry=NO_TELEMETRY,
    )
    for router in ROUTERS:
        app.include_router(router)
    for kind in (RoutingError, ApiError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)
    app.openapi = lambda: contract(app)  # type: ignore[method-assign]
    return app


def contract(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of the routes, with the bearer scheme and each operation's roles."""
    if app.openapi_schema is None:
        rest = [route for router in ROUTERS for route in router.routes]
        document = get_openapi(title=TITLE, version=VERSION, description=DESCRIPTION, routes=rest)
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                _secure(operation, RULES.get((method.upper(), path)))
                _refuse(operation, method, path)
        app.openapi_schema = document
    return app.openapi_schema


def _secure(operation: dict[str, Any], rule: Rule | None) -> None:
    operation["security"] = [{"token": []}] if rule else []
    if rule:
        operation["x-roles"], operation["x-markets"] = sorted(rule.roles), str(rule.reach)


def _refuse(operation: dict[str, Any], method: str, path: str) -> None:
    """Add the refusals that any operation of this kind can end in, in the form of those it lists itself."""
    kinds = {"503": "a part the service needs does not answer"}
    if "{" in path or "cursor" in {parameter["name"] for parameter in operation.get("parameters", ())}:
        kinds["404"] = "nothing has that id, or nothing the caller may know of"
    if "requestBody" in operation:
        kinds["400"] = "a body that is no text"
    if method != "get":
        kinds |= {"409": "not possible as things stand", "413": f"a body over {LARGEST_BODY:,} bytes"}
    content = operation["responses"]["422"]["content"]
    for status, why in kinds.items():
        operation["responses"].setdefault(status, {"description": why, "content": content})


def _allowance(settings: Settings) -> Allowance:
    return Allowance(settings.requests_per_second, settings.requests_burst)


def _surround(app: FastAPI, known: Authenticator) -> None:
    # The last one added is the outermost: nothing but the span happens outside the envelope.
    app.add_middleware(BodyLimit)
    if known.local_only:
        app.add_middleware(LocalOnly)
    strict = (app.state.service.settings.public_url or "").startswith("https://")
    app.add_middleware(Envelope, observe=app.state.metrics.observe, strict=strict)
    app.add_middleware(Traced)


def _mount_console(app: FastAPI) -> None:
    if importlib.util.find_spec("api.console") is not None:
        importlib.import_module("api.console").mount(app)


def _lifespan(background: Background | None) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        logging.getLogger("uvicorn.access").addFilter(PathsOnly())
        with heard_on_signals(app.state.stopping):
            if background is not None:
                background.start()
            try:
                yield
            finally:
                app.state.stopping.set()
                if app.state.what_if is not None:
                    await asyncio.to_thread(app.state.what_if.stop)
                if background is not None:
                    await asyncio.to_thread(background.stop)

    return lifespan
