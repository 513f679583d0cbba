"""Signing in with a token, and out again."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.console.access import (
    COOKIE,
    FieldsDep,
    NotAdmitted,
    authenticator_of,
    require_admitted,
    require_same_origin,
    sessions_of,
)
from api.console.rendering import HEADERS, html
from api.console.sessions import LIFETIME_SECONDS
from api.errors import Unauthenticated

router = APIRouter(include_in_schema=False)
LONGEST_TOKEN = 512


@router.get("/sign-in")
async def show(request: Request) -> Response:
    """The form; where nobody needs to sign in, the console itself."""
    if authenticator_of(request).local_only:
        return RedirectResponse("/", 303, headers=HEADERS)
    return html("sign_in.html", error=None)


@router.post("/sign-in")
async def sign_in(request: Request, form: FieldsDep) -> Response:
    """Open the console for a manager's or admin's token; the token itself is not kept."""
    require_same_origin(request)
    token = form.get("token", "").strip()[:LONGEST_TOKEN]
    try:
        principal = authenticator_of(request).by_token(token)
        require_admitted(principal)
    except (Unauthenticated, NotAdmitted) as error:
        return html("sign_in.html", 403, error=_why(error))
    sessions_of(request).end(request.cookies.get(COOKIE))
    id = sessions_of(request).begin(principal)
    response = RedirectResponse("/", 303, headers=HEADERS)
    secure = request.url.scheme == "https" or request.headers.get("x-forwarded-proto") == "https"
    response.set_cookie(
        COOKIE, id, max_age=int(LIFETIME_SECONDS), path="/", secure=secure, httponly=True, samesite="strict"
    )
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End the session here and in the browser."""
    require_same_origin(request)
    sessions_of(request).end(request.cookies.get(COOKIE))
    response = RedirectResponse("/sign-in", 303, headers=HEADERS)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return response


def _why(error: Exception) -> str:
    if isinstance(error, Unauthenticated):
        return "This token is not known here. Check that it was copied whole, or ask an admin for a new one."
    return str(error)
