"""What a page shows for an error of the service, in place and in plain words."""

from fastapi.responses import HTMLResponse

from api.console.rendering import html
from api.console.sentences import refusal
from api.console.speech import _
from routing.domain.errors import NotFound, RoutingError


def problem(error: RoutingError) -> HTMLResponse:
    """A part of a page that says what is wrong."""
    missing = isinstance(error, NotFound)
    title = _("Not found") if missing else _("Not done")
    return html("problem.html", 404 if missing else 409, title=title, text=refusal(error))
