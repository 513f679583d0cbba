"""The registered models and the report about each."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.console.access import ViewerDep, console_router
from api.console.problems import problem
from api.console.rendering import HEADERS, html
from api.console.views_models import rows
from api.dependencies import ServiceDep
from routing.domain.errors import RoutingError
from routing.services import model_reports, models

router = console_router()
# A report brings its style inside, and allows in its own head that style alone. Here it gets no script, no request and
# an origin of its own, so that even a message that broke out of it could reach nothing of the console.
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
)
Version = Annotated[str, Query(alias="model", max_length=200)]


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
    return HTMLResponse(content, headers=HEADERS | {"Content-Security-Policy": REPORT_POLICY})
