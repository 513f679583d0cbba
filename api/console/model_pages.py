"""The registered models and the report about each."""

import base64
import hashlib
import re
from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.console.access import ViewerDep, console_router
from api.console.problems import problem
from api.console.rendering import HEADERS, html
from api.console.views_models import rows
from api.dependencies import ServiceDep
from api.schemas.base import STORABLE
from routing.domain.errors import RoutingError
from routing.services import model_reports, models

router = console_router()
_STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)
Version = Annotated[str, Query(alias="model", max_length=200, pattern=STORABLE)]


@router.get("/console/models")
def list_models(service: ServiceDep, viewer: ViewerDep) -> HTMLResponse:
    """Every registered model, newest first."""
    return html("models.html", viewer=viewer, models=rows(models.listed(service.context)))


@router.get("/console/models/report")
def report(service: ServiceDep, version: Version) -> Response:
    """The page about one model, as it was written when the model was trained."""
    try:
        content = model_reports.page(service.context, service.models, version)
    except RoutingError as error:
        return problem(error)
    return HTMLResponse(content, headers=HEADERS | {"Content-Security-Policy": report_policy(content)})


def report_policy(content: bytes) -> str:
    """What a report may do: the style of its own head and nothing else, no script, no request, an origin of its own.

    So even a message that broke out of it could reach nothing of the console, nor dress the page up.
    """
    styles = [hashlib.sha256(style).digest() for style in _STYLE.findall(content.partition(b"</head>")[0])]
    allowed = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in styles) or "'none'"
    rest = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
    return f"default-src 'none'; style-src {allowed}; {rest}"
