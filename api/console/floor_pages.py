"""The floor's own page, and the rows behind each of its numbers."""

from collections.abc import Callable
from typing import Annotated, cast

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse, Response

from api.console.access import Viewer, ViewerDep, console_router
from api.console.floor_rows import place_said, rows_of
from api.console.pages import floor_of
from api.console.problems import problem
from api.console.pulse import ByMarkets
from api.console.rendering import html
from api.console.speech import marked
from api.console.views_watch import WatchPage, watch_page
from api.dependencies import Served, ServiceDep
from api.schemas.base import STORABLE
from routing.domain.errors import RoutingError
from routing.domain.market import Markets
from routing.services.context import Context
from routing.services.floor_memory import FloorMemory
from routing.services.floor_watch import watch
from routing.services.reporting import last_seq

PAGE = "/console/floor/page"
router = console_router()
Word = Annotated[str, Query(max_length=128, pattern=STORABLE)]


def watches(service: Callable[[], Served], memory: FloorMemory) -> ByMarkets[WatchPage]:
    """The floor by market and family that all open pages share."""
    return ByMarkets(
        lambda markets: _watch(service().context, markets, memory), mark=lambda: last_seq(service().context)
    )


def _watch(context: Context, markets: Markets, memory: FloorMemory) -> WatchPage:
    return watch_page(watch(context, markets, memory), context.packs.current())


def watches_of(request: Request) -> ByMarkets[WatchPage]:
    """Those of this application."""
    return cast(ByMarkets[WatchPage], request.app.state.console_watches)


@router.get(PAGE)
def show(request: Request, viewer: ViewerDep, said: Word = "") -> HTMLResponse:
    """The whole page; it refreshes itself from then on."""
    return html("floor_page.html", 200, viewer=viewer, said=SAID.get(said, ""), **_parts(request, viewer))


@router.get(f"{PAGE}/body")
def body(request: Request, viewer: ViewerDep) -> HTMLResponse:
    """The part of the page that changes."""
    return html("floor_body.html", 200, viewer=viewer, **_parts(request, viewer))


async def place(
    market: Word = "",
    family: Word = "",
    standing: Word = "",
    hour: Annotated[str, Query(pattern=r"^([01]?\d|2[0-3])?$")] = "",
) -> dict[str, str]:
    """Where the rows that are asked for are from."""
    return {"market": market, "family": family, "standing": standing, "hour": hour}


@router.get("/console/floor/rows")
def rows(
    service: ServiceDep, viewer: ViewerDep, asked: Annotated[dict[str, str], Depends(place)], what: Word = "waiting"
) -> Response:
    """What stands behind one number."""
    try:
        found = rows_of(service.context, what, asked, viewer.markets)
    except RoutingError as error:
        return problem(error)
    where = place_said(service.context.packs.current(), asked)
    return html("floor_rows.html", 200, viewer=viewer, found=found, where=where)


SAID = {"begun": marked("In force from now on."), "undone": marked("Undone: everything is as the pack says.")}


def _parts(request: Request, viewer: Viewer) -> dict[str, object]:
    return {"watch": watches_of(request).of(viewer.markets), "floor": floor_of(request, viewer)}
