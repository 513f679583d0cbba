"""Who may see the console, and what a page may change from where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from api.auth import Authenticator, Principal
from api.console.sessions import Sessions
from api.middleware import SAFE, same_origin
from api.roles import Role

COOKIE = "pointsman_session"
ADMITTED = frozenset({Role.MANAGER, Role.ADMIN})
MOST_FIELDS = 20


class ConsoleError(Exception):
    """Root of what the console itself refuses."""


class SignInNeeded(ConsoleError):
    """Nobody is signed in."""


class NotAdmitted(ConsoleError):
    """Whoever asks may not see or do this; the text says why."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the console; `may_sign_out` is False where nobody signs in."""

    name: str
    may_sign_out: bool


def sessions_of(request: Request) -> Sessions:
    """The sign-ins of this application."""
    return cast(Sessions, request.app.state.console_sessions)


def authenticator_of(request: Request) -> Authenticator:
    """The one that knows the tokens."""
    return cast(Authenticator, request.app.state.authenticator)


def require_same_origin(request: Request) -> None:
    """Nothing is changed on behalf of another site's page: a cookie alone proves no intent."""
    if request.method not in SAFE and not same_origin(request.headers):
        raise NotAdmitted("A page of another site may not change anything here.")


async def viewer(request: Request) -> Viewer:
    """Who is looking; SignInNeeded or NotAdmitted when nobody who may."""
    require_same_origin(request)
    authenticator = authenticator_of(request)
    if authenticator.local_only:
        return Viewer(authenticator.principal(None).name, may_sign_out=False)
    session = sessions_of(request).find(request.cookies.get(COOKIE))
    if session is None:
        raise SignInNeeded
    return Viewer(session.principal.name, may_sign_out=True)


def require_admitted(principal: Principal) -> None:
    """Only managers and admins see customers' messages here."""
    if not principal.roles & ADMITTED:
        raise NotAdmitted("This token has no manager or admin role, so it does not open the console.")


async def fields(request: Request) -> Mapping[str, str]:
    """The fields of a submitted form (the body's size is limited before it gets here)."""
    body = (await request.body()).decode("utf-8", "replace")
    try:
        return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise NotAdmitted(f"A form here has at most {MOST_FIELDS} fields.") from error


ViewerDep = Annotated[Viewer, Depends(viewer)]
FieldsDep = Annotated[Mapping[str, str], Depends(fields)]
