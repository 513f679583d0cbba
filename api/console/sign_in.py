"""Signing in, with a token or by way of the identity provider, and out again."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from api.console.access import (
    COOKIE,
    OVERSEES,
    FieldsDep,
    NotAdmitted,
    authenticator_of,
    cookie_name,
    is_strict,
    require_admitted,
    require_same_origin,
    sessions_of,
)
from api.console.rendering import HEADERS, html
from api.console.sentences import refusal
from api.console.sessions import LIFETIME_SECONDS
from api.console.speech import _, marked
from api.dependencies import gate_of
from api.errors import Unauthenticated
from api.identity import Principal
from api.oidc.sign_in import ATTEMPT_SECONDS, CodeFlow
from routing.domain.errors import Unavailable

router = APIRouter(include_in_schema=False)
LONGEST_TOKEN = 512
ATTEMPT = "pointsman_sign_in"
SILENT = marked("The identity provider does not answer. Try again, or sign in with a token.")
DESK = "/console/desk"
Returned = Annotated[str, Query(max_length=4_096)]


@router.get("/sign-in")
async def show(request: Request) -> Response:
    """The form; where nobody needs to sign in, the console itself."""
    if authenticator_of(request).local_only:
        return RedirectResponse("/", 303, headers=HEADERS)
    return _form(request)


@router.post("/sign-in")
async def sign_in(request: Request, form: FieldsDep) -> Response:
    """Open the console for the token of a manager, an admin or a COp; the token itself is not kept."""
    require_same_origin(request)
    token = form.get("token", "").strip()[:LONGEST_TOKEN]
    try:
        principal = await run_in_threadpool(authenticator_of(request).by_token, token)
        require_admitted(principal)
    except (Unauthenticated, NotAdmitted) as error:
        gate_of(request).charge_failure(request)
        return _form(request, 403, _why(error))
    return await run_in_threadpool(
        _opened, request, principal, RedirectResponse(landing(principal), 303, headers=HEADERS)
    )


def landing(principal: Principal) -> str:
    """Where somebody begins: the console, or a COp their desk."""
    return "/" if principal.roles & OVERSEES else DESK


@router.get("/sign-in/sso")
def leave(request: Request) -> Response:
    """Send the browser to the identity provider."""
    gate_of(request).charge_stranger(request)
    try:
        address, id = _flow(request).begin()
    except (Unavailable, NotAdmitted):
        return _form(request, 503, _(SILENT))
    response = RedirectResponse(address, 303, headers=HEADERS)
    # Lax: the browser comes back from another site, and must bring this along. It opens nothing by itself.
    _set(request, response, _Cookie(ATTEMPT, id, ATTEMPT_SECONDS, "lax"))
    return response


@router.get("/sign-in/sso/back")
def come_back(request: Request, state: Returned = "", code: Returned = "") -> Response:
    """Open the console for whom the identity provider vouches for; the code is good once, in this browser alone."""
    gate_of(request).charge_stranger(request)
    id = request.cookies.get(cookie_name(request, ATTEMPT), "")
    try:
        principal = _flow(request).finish(id, state, code)
        require_admitted(principal)
    except (Unauthenticated, NotAdmitted) as error:
        gate_of(request).charge_failure(request)
        return _form(request, 403, refusal(error))
    except Unavailable:
        return _form(request, 503, _(SILENT))
    # A page, and no redirect: the strict session cookie does not travel along with one that another site began.
    response = _opened(request, principal, html("signed_in.html", to=landing(principal)))
    response.delete_cookie(
        cookie_name(request, ATTEMPT), path="/", secure=is_strict(request), httponly=True, samesite="lax"
    )
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session here and in the browser."""
    require_same_origin(request)
    await run_in_threadpool(sessions_of(request).end, request.cookies.get(cookie_name(request)))
    response = RedirectResponse("/sign-in", 303, headers=HEADERS)
    response.delete_cookie(cookie_name(request), path="/", secure=is_strict(request), httponly=True, samesite="strict")
    return response


def _opened(request: Request, principal: Principal, response: Response) -> Response:
    sessions_of(request).end(request.cookies.get(cookie_name(request)))
    _set(request, response, _Cookie(COOKIE, sessions_of(request).begin(principal), LIFETIME_SECONDS, "strict"))
    return response


@dataclass(frozen=True, slots=True)
class _Cookie:
    name: str
    value: str
    seconds: float
    site: Literal["lax", "strict"]


def _set(request: Request, response: Response, cookie: _Cookie) -> None:
    response.set_cookie(
        cookie_name(request, cookie.name),
        cookie.value,
        max_age=int(cookie.seconds),
        path="/",
        secure=is_strict(request),
        httponly=True,
        samesite=cookie.site,
    )


def _form(request: Request, status: int = 200, error: str | None = None) -> Response:
    provider = authenticator_of(request).provider
    sso = provider is not None and provider.code_flow is not None
    return html("sign_in.html", status, error=error, sso=sso)


def _flow(request: Request) -> CodeFlow:
    provider = authenticator_of(request).provider
    if provider is None or provider.code_flow is None:
        raise NotAdmitted("No identity provider signs anybody in here.")
    return provider.code_flow


def _why(error: Exception) -> str:
    if isinstance(error, Unauthenticated):
        return _("This token is not known here. Check that it was copied whole, or ask an admin for a new one.")
    return refusal(error)
