"""Choosing the console's language, and speaking it to each request."""

from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.console.access import FieldsDep, cookie_name, is_strict, require_same_origin
from api.console.languages.catalogue import languages
from api.console.problems import WHOLE
from api.console.rendering import HEADERS, PAGE_LANGUAGE
from api.console.speech import spoken, wanted
from api.roles import CONSOLE

router = APIRouter(include_in_schema=False)
CHOICE = "pointsman_language"
"""A cookie that keeps what its owner asked for and says nothing else of them."""
KEPT_SECONDS = 365 * 24 * 3_600
REST = "/v1/"


class Speaking:
    """Answers each request for a page, or a part of one, in the language of whoever asks; not the REST interface's."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].startswith(REST):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        chosen = request.cookies.get(cookie_name(request, CHOICE), "")
        page, accepted = (request.headers.get(name, "") for name in (PAGE_LANGUAGE, "Accept-Language"))
        # A part of a page is asked for in the page's own language.
        token = WHOLE.set(not page)
        with spoken(wanted(page, chosen, accepted)):
            await self._app(scope, receive, send)
        WHOLE.reset(token)


@router.post("/language")
async def choose(request: Request, form: FieldsDep) -> Response:
    """Keep the language in this browser and show the page again, in that language."""
    require_same_origin(request)
    response = RedirectResponse(_back(request), 303, headers=HEADERS)
    code = form.get("language", "")
    if code in languages():
        name, strict = cookie_name(request, CHOICE), is_strict(request)
        response.set_cookie(name, code, KEPT_SECONDS, path="/", secure=strict, httponly=True, samesite="lax")
    return response


def _back(request: Request) -> str:
    """The page they come from, where it is one that a browser may ask for again; else the console."""
    came = urlsplit(request.headers.get("referer", ""))
    if ("GET", came.path) not in CONSOLE and came.path != "/sign-in":
        return "/"
    return came._replace(scheme="", netloc="", fragment="").geturl()
