"""Who may see the console, and what a page may change from where."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from api.auth import Authenticator, admitted
from api.console.problems import problem
from api.console.sessions import Sessions
from api.dependencies import gate_of, served
from api.errors import Forbidden
from api.gate import exist, unbounded
from api.identity import Principal
from api.middleware import SAFE, same_origin
from api.oidc.tokens import PREFIX
from api.roles import CONSOLE, Role, Route
from routing.domain.cop import CopId
from routing.domain.errors import NotFound
from routing.domain.market import Markets

COOKIE = "pointsman_session"
STRICT_PREFIX = "__Host-"
"""A browser takes a cookie with this prefix only over https, from this very host, for all of its paths."""
ADMITTED = frozenset({Role.COP, Role.MANAGER, Role.ADMIN})
OVERSEES = frozenset({Role.MANAGER, Role.ADMIN})
MOST_FIELDS = 20
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ConsoleError(Exception):
    """Root of what the console itself refuses."""


class SignInNeeded(ConsoleError):
    """Nobody is signed in."""


class NotAdmitted(ConsoleError):
    """Whoever asks may not see or do this; the text says why."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the console; `may_sign_out` is False where nobody signs in. `markets` None means every market.

    `acting_as` is the only COp whose desk they may sit at; None means any.
    """

    name: str
    may_sign_out: bool
    markets: Markets = None
    roles: frozenset[Role] = frozenset()
    acting_as: CopId | None = None

    @property
    def oversees(self) -> bool:
        """Whether the queue and the floor are open to them."""
        return bool(self.roles & OVERSEES)

    @property
    def administers(self) -> bool:
        """Whether the settings are open to them."""
        return Role.ADMIN in self.roles


class ConsoleRoute(APIRoute):
    """A page's route: open to sessions that the table of rules admits; one that it does not list cannot be made."""

    def __init__(self, path: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(path, *args, **kwargs)
        for method in sorted(self.methods or ()):
            rule = CONSOLE.get((method, path))
            if rule is None:
                raise LookupError(f"{method} {path} has no rule; list it in CONSOLE in api/roles.py")
            if unknown := unbounded(set(self.param_convertors), rule):
                raise LookupError(f"{method} {path}: nobody can tell the market of {unknown}")

    def get_route_handler(self) -> Handler:
        """FastAPI's own handler behind the guard."""
        inner, path = super().get_route_handler(), self.path

        async def guarded(request: Request) -> Response:
            looking = await run_in_threadpool(viewer_of, request, (request.method, path))
            try:
                await exist(served(request).context, request.path_params, looking.markets)
            except NotFound as error:
                return problem(error)
            request.state.viewer = looking
            return await inner(request)

        return guarded


def console_router() -> APIRouter:
    """A router whose every page is guarded."""
    return APIRouter(route_class=ConsoleRoute, include_in_schema=False)


def sessions_of(request: Request) -> Sessions:
    """The sign-ins of this application."""
    return cast(Sessions, request.app.state.console_sessions)


def authenticator_of(request: Request) -> Authenticator:
    """The one that knows the tokens."""
    return gate_of(request).authenticator


def is_strict(request: Request) -> bool:
    """Whether browsers come by https, as the settings say: what a request says of itself may be forged."""
    return (served(request).settings.public_url or "").startswith("https://")


def cookie_name(request: Request, name: str = COOKIE) -> str:
    """What a cookie of the console is called."""
    return STRICT_PREFIX + name if is_strict(request) else name


def require_same_origin(request: Request) -> None:
    """Nothing is changed on behalf of another site's page: a cookie alone proves no intent."""
    if request.method not in SAFE and not same_origin(request.headers, served(request).settings.public_url):
        raise NotAdmitted("A page of another site may not change anything here.")


def viewer_of(request: Request, route: Route) -> Viewer:
    """Who is looking; SignInNeeded or NotAdmitted when nobody who may, TooManyRequests when too fast."""
    require_same_origin(request)
    gate = gate_of(request)
    if gate.authenticator.local_only:
        return _viewer(gate.authenticator.principal(None), route, may_sign_out=False)
    principal = _signed_in(request)
    gate.charge(principal)
    return _viewer(principal, route, may_sign_out=True)


def _viewer(principal: Principal, route: Route, may_sign_out: bool) -> Viewer:
    try:
        caller = admitted(principal, CONSOLE.get(route), "This page")
    except Forbidden as error:
        raise NotAdmitted(f"{error}.") from error
    return Viewer(caller.name, may_sign_out, caller.markets, principal.roles, caller.acting_as)


def _signed_in(request: Request) -> Principal:
    id = request.cookies.get(cookie_name(request))
    session = sessions_of(request).find(id)
    if session is None:
        raise SignInNeeded
    principal = session.principal
    if not principal.name.startswith(PREFIX) and not authenticator_of(request).still(principal):
        sessions_of(request).end(id)  # their token was withdrawn or changed since
        raise SignInNeeded
    return principal


async def viewer(request: Request) -> Viewer:
    """Whom the page's guard let through."""
    return cast(Viewer, request.state.viewer)


def require_admitted(principal: Principal) -> None:
    """Only managers, admins and COps see customers' messages here, a COp their own."""
    if not principal.roles & ADMITTED:
        raise NotAdmitted("This token has no COp, manager or admin role, so it does not open the console.")


def fields(most: int = MOST_FIELDS) -> Callable[[Request], Coroutine[Any, Any, Mapping[str, str]]]:
    """Reads the fields of a submitted form, so many at most, without what no database stores: NUL in a text.

    The body's size is limited before it gets here.
    """

    async def read(request: Request) -> Mapping[str, str]:
        body = (await request.body()).decode("utf-8", "replace")
        try:
            found = parse_qsl(body, keep_blank_values=True, max_num_fields=most)
        except ValueError as error:
            raise NotAdmitted(f"This form has at most {most} fields.") from error
        return {name: value.replace("\x00", "") for name, value in found}

    return read


ViewerDep = Annotated[Viewer, Depends(viewer)]
FieldsDep = Annotated[Mapping[str, str], Depends(fields())]
