"""Probes, measurements and the contract itself."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response

from api.dependencies import ServiceDep, authenticator_of
from api.errors import Unauthenticated
from api.guard import guarded_router
from api.roles import RULES
from api.schemas.health import Alive, Begun, Ready
from routing.domain.errors import Unavailable

OK = "ok"
METRICS = ("GET", "/metrics")
router = guarded_router("operation")


@router.get("/livez", summary="Does the process answer?")
def livez() -> Alive:
    """Always 200: a process that cannot answer does not."""
    return Alive()


@router.get("/readyz", response_model=Ready, responses={503: {"model": Ready}}, summary="Can it do its work?")
def readyz(request: Request, service: ServiceDep) -> Response:
    """503 with the parts that are wrong; what is wrong with them is told to those who may see the metrics."""
    parts = {**service.health(), **_background_health(request)}
    if request.app.state.stopping.is_set():
        parts["server"] = "stopping"
    ready = all(_serves(state) for state in parts.values())
    shown = parts if _trusted(request) else {part: _briefly(state) for part, state in parts.items()}
    body = Ready(status="ready" if ready else "not ready", parts=shown)
    return JSONResponse(body.model_dump(), 200 if ready else 503)


@router.get("/startupz", response_model=Begun, responses={503: {"model": Begun}}, summary="Has it begun?")
def startupz(request: Request) -> Response:
    """503 until every loop has ended its first round, so that model, pack and database were used once; then 200."""
    background = request.app.state.background
    begun = background is None or background.begun()
    return JSONResponse(Begun(status="begun" if begun else "starting").model_dump(), 200 if begun else 503)


@router.get("/metrics", response_class=Response, summary="Prometheus metrics")
def metrics(request: Request) -> Response:
    """The floor, the matching and the requests, in Prometheus' text format."""
    content, media_type = request.app.state.metrics.exposition()
    return Response(content, media_type=media_type)


@router.get("/openapi.json", include_in_schema=False)
def contract(request: Request) -> dict[str, Any]:
    """This interface, as OpenAPI."""
    content: dict[str, Any] = request.app.openapi()
    return content


def _serves(state: str) -> bool:
    # "ok; ..." serves on with what it had, and says what could not be taken over: no reason to take the traffic away.
    return state == OK or state.startswith(f"{OK};")


def _briefly(state: str) -> str:
    return OK if _serves(state) else "unavailable"


def _background_health(request: Request) -> Mapping[str, str]:
    background = request.app.state.background
    health: Mapping[str, str] = {} if background is None else background.health()
    return health


def _trusted(request: Request) -> bool:
    try:
        principal = authenticator_of(request).principal(request.headers.get("authorization"))
    except (Unauthenticated, Unavailable):
        return False
    return principal.markets is None and not principal.roles.isdisjoint(RULES[METRICS].roles)
