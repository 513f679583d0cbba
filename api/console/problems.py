"""What is shown for an error in plain words: in its place, or as a page where a whole one was asked for."""

from contextvars import ContextVar

from fastapi.responses import HTMLResponse

from api.console.rendering import html
from api.console.sentences import refusal
from api.console.speech import _
from routing.domain.errors import NotFound, RoutingError

WHOLE: ContextVar[bool] = ContextVar("console_whole_page", default=False)
"""Whether this request asks for a whole page."""


def problem(error: RoutingError) -> HTMLResponse:
    """What is wrong, of an error of the service."""
    missing = isinstance(error, NotFound)
    return told(404 if missing else 409, _("Not found") if missing else _("Not done"), refusal(error))


def told(status: int, title: str, text: str, way: tuple[str, str] | None = None) -> HTMLResponse:
    """A part of a page, or a page with a way on: an address and what to call it."""
    if WHOLE.get():
        way = way or ("/", _("To the console"))
        return html("problem_page.html", status, title=title, text=text, way=way)
    return html("problem.html", status, title=title, text=text, way=way)
