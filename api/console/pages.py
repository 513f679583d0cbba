"""The page itself, the floor, the recent conversations, and the heartbeat that keeps them live."""

from collections.abc import Callable
from typing import Annotated, cast

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from api.console import views_choices, views_conversation
from api.console.access import Viewer, ViewerDep, console_router
from api.console.pulse import ByMarkets, Pulse
from api.console.queue_reading import queue_view
from api.console.rendering import HEADERS, html
from api.console.speech import pgettext
from api.console.views_floor import FloorPage, floor_page
from api.dependencies import Served, ServiceDep
from api.schemas.base import STORABLE
from routing.domain.errors import Unavailable
from routing.domain.market import Markets
from routing.ports import Classifier, ConversationFilter
from routing.services import floor_views, reporting
from routing.services.floor_memory import FloorMemory

MOST_RECENT = 30
router = console_router()
Id = Annotated[str, Query(max_length=200, pattern=STORABLE)]


def floors(service: Callable[[], Served], memory: FloorMemory) -> ByMarkets[FloorPage]:
    """The floor that all open pages share."""
    return ByMarkets(
        lambda markets: _floor(service(), markets, memory), mark=lambda: reporting.last_seq(service().context)
    )


def _floor(service: Served, markets: Markets, memory: FloorMemory) -> FloorPage:
    taxonomy = service.context.packs.current().taxonomy
    return floor_page(floor_views.floor(service.context, markets, memory), taxonomy, model_version(service.classifier))


def model_version(classifier: Classifier) -> str:
    """The version of the live model, or that there is none."""
    try:
        return classifier.version
    except Unavailable:
        return pgettext("a model", "none")


def floor_of(request: Request, viewer: Viewer) -> FloorPage:
    """The floor of this application, as far as a viewer sees it."""
    return cast(ByMarkets[FloorPage], request.app.state.console_floors).of(viewer.markets)


@router.get("/")
def console(request: Request, service: ServiceDep, viewer: ViewerDep) -> HTMLResponse:
    """The whole page; its parts refresh themselves from then on."""
    return html(
        "page.html",
        viewer=viewer,
        queue=queue_view(service.context, viewer, None),
        floor=floor_of(request, viewer),
        what_if=getattr(request.app.state, "what_if", None) is not None,
        groups=views_choices.choices(service.context.packs.current().taxonomy),
        conversations=_recent(service, viewer, None),
    )


@router.get("/console/floor")
def floor(request: Request, viewer: ViewerDep) -> HTMLResponse:
    """The floor as it stands."""
    return html("floor.html", floor=floor_of(request, viewer))


@router.get("/console/conversations")
def conversations(service: ServiceDep, viewer: ViewerDep, conversation: Id = "") -> HTMLResponse:
    """The newest conversations."""
    return html("conversations.html", conversations=_recent(service, viewer, conversation))


@router.get("/console/stream")
async def stream(request: Request) -> Response:
    """A pulse a second: the service's clock and the number of the newest event."""
    pulse = cast(Pulse, request.app.state.console_pulse)
    if pulse.full:
        return Response("too many pages are open", 503, headers=HEADERS)
    return StreamingResponse(
        pulse.follow(), media_type="text/event-stream", headers=HEADERS | {"X-Accel-Buffering": "no"}
    )


def _recent(service: Served, viewer: Viewer, selected: str | None) -> tuple[views_conversation.ConversationRow, ...]:
    context = service.context
    found = reporting.conversations(context, ConversationFilter(within=viewer.markets), None, MOST_RECENT)
    return views_conversation.rows(found, context.packs.current(), context.clock.now(), selected)
