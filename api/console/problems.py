"""What a page shows for an error of the service, in place and in plain words."""

from fastapi.responses import HTMLResponse

from api.console.rendering import html
from routing.domain.errors import NotFound, RoutingError


def problem(error: RoutingError) -> HTMLResponse:
    """A part of a page that says what is wrong."""
    missing = isinstance(error, NotFound)
    return html("problem.html", 404 if missing else 409, title="Not found" if missing else "Not done", text=str(error))
