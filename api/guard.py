"""The guard of every route: the table of rules is asked before a byte of the body is read."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from api.dependencies import gate_of, served
from api.gate import admit, unbounded
from api.identity import Caller
from api.roles import OPEN, RULES, Route
from api.schemas.problem import ProblemReply

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_PROBLEM: dict[str, Any] = {"model": ProblemReply, "content": {"application/problem+json": {}}}
_WHY = {
    401: "no token, or an unknown one",
    403: "not open to the token's roles or markets",
    422: "every wrong value, with its place",
    429: "too many requests; Retry-After says when to go on",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {status: {**_PROBLEM, "description": why} for status, why in _WHY.items()}


class GuardedRoute(APIRoute):
    """A route that admits only whom the table names; one that the table does not list cannot be made."""

    def __init__(self, path: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(path, *args, **kwargs)
        for method in sorted(self.methods or ()):
            _require_rule((method, path), set(self.param_convertors))

    def get_route_handler(self) -> Handler:
        """FastAPI's own handler behind the guard."""
        inner, path = super().get_route_handler(), self.path

        async def guarded(request: Request) -> Response:
            request.state.caller = await _caller(request, (request.method, path))
            return await inner(request)

        return guarded


def guarded_router(tag: str) -> APIRouter:
    """A router whose every route is guarded."""
    return APIRouter(route_class=GuardedRoute, tags=[tag], responses=PROBLEMS)


async def _caller(request: Request, route: Route) -> Caller:
    gate = gate_of(request)
    if route in OPEN:
        gate.charge_stranger(request)
        return Caller("anonymous")
    return await admit(gate, served(request).context, request, route, RULES.get(route))


def _require_rule(route: Route, names: set[str]) -> None:
    method, path = route
    if route not in RULES and route not in OPEN:
        raise LookupError(f"{method} {path} has no roles; list it in api/roles.py")
    if route in RULES and (unknown := unbounded(names, RULES[route])):
        raise LookupError(f"{method} {path}: nobody can tell the market of {unknown}; see OBJECTS in api/gate.py")
