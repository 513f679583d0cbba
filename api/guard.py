"""The guard of every route: the table of roles is asked before a byte of the body is read."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from api.dependencies import authenticator_of
from api.roles import ACCESS, OPEN
from api.schemas.problem import ProblemReply

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
_PROBLEM: dict[str, Any] = {"model": ProblemReply, "content": {"application/problem+json": {}}}
_WHY = {
    401: "no token, or an unknown one",
    403: "not open to the token's roles",
    422: "every wrong value, with its place",
}
PROBLEMS: dict[int | str, dict[str, Any]] = {status: {**_PROBLEM, "description": why} for status, why in _WHY.items()}


class GuardedRoute(APIRoute):
    """A route that admits only the roles the table names; one that the table does not list cannot be made."""

    def __init__(self, path: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(path, *args, **kwargs)
        missing = [
            method for method in self.methods or () if (method, path) not in ACCESS and (method, path) not in OPEN
        ]
        if missing:
            raise LookupError(f"{missing} {path} has no roles; list it in api/roles.py")

    def get_route_handler(self) -> Handler:
        """FastAPI's own handler behind the guard."""
        inner, path = super().get_route_handler(), self.path

        async def guarded(request: Request) -> Response:
            authenticator = authenticator_of(request)
            route = (request.method, path)
            request.state.caller = authenticator.admit(route, request.headers.get("authorization"))
            return await inner(request)

        return guarded


def guarded_router(tag: str) -> APIRouter:
    """A router whose every route is guarded."""
    return APIRouter(route_class=GuardedRoute, tags=[tag], responses=PROBLEMS)
