"""How people decide: agreement, blind agreement, time and haste."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse

from api.console.access import ViewerDep, console_router
from api.console.rendering import html
from api.console.views_quality import quality_page
from api.dependencies import ServiceDep
from routing.services import review_quality

router = console_router()
SPANS = (7, 30, 90)
Days = Annotated[int, Query(ge=1, le=366)]


@router.get("/console/quality")
def quality(service: ServiceDep, viewer: ViewerDep, days: Days = 30) -> HTMLResponse:
    """The verdicts of the last days in the viewer's markets."""
    report = review_quality.report(service.context, days, viewer.markets)
    return html("quality.html", viewer=viewer, shown=quality_page(report), spans=SPANS)
