"""The page itself, the floor, the recent conversations, and the heartbeat that keeps them live."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from api.console import views_conversation, views_queue
from api.console.access import ViewerDep, viewer
from api.console.problems import problem
from api.console.pulse import SECONDS_BETWEEN, Pulse, Remembered
from api.console.queue_reading import queue_view
from api.console.rendering import HEADERS, html
from api.console.views_floor import FloorPage, floor_page
from api.dependencies import Served, ServiceDep
from routing.domain.conversation import ConversationId
from routing.domain.errors import RoutingError, Unavailable
from routing.ports import Classifier, ConversationFilter
from routing.services import reporting

MOST_RECENT = 30
router = APIRouter(include_in_schema=False, dependencies=[Depends(viewer)])
Id = Annotated[str, Query(max_length=200)]


def remembered_floor(service: Served) -> Remembered[FloorPage]:
    """The floor that all open pages share, read at most about once a second."""
    return Remembered(lambda: _floor(service), SECONDS_BETWEEN * 0.8)


def _floor(service: Served) -> FloorPage:
    taxonomy = service.context.packs.current().taxonomy
    return floor_page(reporting.floor(service.context), taxonomy, model_version(service.classifier))


def model_version(classifier: Classifier) -> str:
    """The version of the live model, or that there is none."""
    try:
        return classifier.version
    except Unavailable:
        return "none"


def floor_of(request: Request) -> FloorPage:
    """The floor of this application."""
    return cast(Remembered[FloorPage], request.app.state.console_floor).get()


@router.get("/")
def console(request: Request, service: ServiceDep, viewer: ViewerDep) -> HTMLResponse:
    """The whole page; its parts refresh themselves from then on."""
    return html(
        "page.html",
        viewer=viewer,
        queue=queue_view(service.context, viewer, None),
        floor=floor_of(request),
        groups=views_queue.choices(service.context.packs.current().taxonomy),
        conversations=_recent(service, None),
    )


@router.get("/console/floor")
def floor(request: Request) -> HTMLResponse:
    """The floor as it stands."""
    return html("floor.html", floor=floor_of(request))


@router.get("/console/conversations")
def conversations(service: ServiceDep, conversation: Id = "") -> HTMLResponse:
    """The newest conversations."""
    return html("conversations.html", conversations=_recent(service, conversation))


@router.get("/console/conversation")
def conversation(service: ServiceDep, conversation: Id) -> Response:
    """The account of one conversation (its id is the caller's own text, so it travels as a query)."""
    context, id = service.context, ConversationId(conversation)
    try:
        view, account = reporting.conversation(context, id), reporting.explanation(context, id)
    except RoutingError as error:
        return problem(error)
    shown = views_conversation.detail(view, account, context.packs.current(), context.clock.now())
    return html("conversation.html", shown=shown)


@router.get("/console/stream")
async def stream(request: Request) -> Response:
    """A pulse a second: the service's clock and the number of the newest event."""
    pulse = cast(Pulse, request.app.state.console_pulse)
    if pulse.full:
        return Response("too many pages are open", 503, headers=HEADERS)
    return StreamingResponse(
        pulse.follow(), media_type="text/event-stream", headers=HEADERS | {"X-Accel-Buffering": "no"}
    )


def _recent(service: Served, selected: str | None) -> tuple[views_conversation.ConversationRow, ...]:
    context = service.context
    found = reporting.conversations(context, ConversationFilter(), None, MOST_RECENT)
    return views_conversation.rows(found, context.packs.current(), context.clock.now(), selected)
