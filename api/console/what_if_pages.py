"""The what-if page: ask a simulated floor, watch it work, read what it found."""

from collections.abc import Mapping
from typing import Annotated, cast
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.console.access import FieldsDep, Viewer, ViewerDep, console_router
from api.console.problems import problem, told
from api.console.rendering import HEADERS, html
from api.console.sentences import refusal
from api.console.speech import _
from api.console.views_what_if import fields_of, run_view
from api.console.what_if_form import DEFAULTS, as_the_page_calls_it, question_of
from reports.charts import clock
from routing.domain.errors import Invalid, RoutingError
from routing.domain.what_if import MOST_DAYS, OfferedFloor, WhatIfId, WhatIfRun
from routing.services.what_if import WhatIfDesk

PAGE = "/console/what-if"
router = console_router()
Id = Annotated[str, Query(max_length=200)]


def desk_of(request: Request) -> WhatIfDesk | None:
    """Whoever answers; None in an application without a simulator."""
    return cast(WhatIfDesk | None, getattr(request.app.state, "what_if", None))


@router.get(PAGE)
def show(request: Request, viewer: ViewerDep, floor: Id = "", run: Id = "") -> HTMLResponse:
    """The form, the chosen question (the newest where none is chosen), and the recent ones."""
    desk = desk_of(request)
    if desk is None:
        return told(404, _("Not here"), _("This service was started without a simulator."))
    asked = _chosen(desk, viewer, run)
    values = fields_of(asked.question) if run and asked and not floor else {"floor": floor}
    return _page(desk, viewer, values, asked)


@router.get(f"{PAGE}/run")
def watch(request: Request, viewer: ViewerDep, run: Id = "") -> Response:
    """The part of the page that shows questions, for refreshing it."""
    desk = desk_of(request)
    if desk is None:
        return Response(status_code=404, headers=HEADERS)
    return html("what_if_runs.html", 200, **_runs(desk, viewer, _chosen(desk, viewer, run)))


@router.post(PAGE)
def ask(request: Request, viewer: ViewerDep, form: FieldsDep) -> Response:
    """Begin to answer; the form again, with what is wrong, where it cannot be."""
    desk = desk_of(request)
    if desk is None:
        return Response(status_code=404, headers=HEADERS)
    try:
        asked = desk.ask(question_of(form, form.get("floor", "")), viewer.name, viewer.markets)
    except Invalid as error:
        return _page(desk, viewer, form, _chosen(desk, viewer, ""), as_the_page_calls_it(error), 422)
    except RoutingError as error:
        return _page(desk, viewer, form, _chosen(desk, viewer, ""), refusal(error), 409)
    return _to(asked.id)


@router.post(f"{PAGE}/cancel")
def cancel(request: Request, viewer: ViewerDep, form: FieldsDep) -> Response:
    """End a running question."""
    desk, id = desk_of(request), form.get("run", "")[:200]
    if desk is None:
        return Response(status_code=404, headers=HEADERS)
    try:
        desk.cancel(WhatIfId(id), viewer.name, viewer.markets)
    except RoutingError as error:
        return problem(error)
    return _to(id)


def _to(id: str) -> RedirectResponse:
    return RedirectResponse(f"{PAGE}?{urlencode({'run': id})}", 303, headers=HEADERS)


def _chosen(desk: WhatIfDesk, viewer: Viewer, id: str) -> WhatIfRun | None:
    runs = desk.newest(viewer.markets)
    return next((run for run in runs if run.id == id), None) if id else next(iter(runs), None)


def _page(  # noqa: PLR0913, PLR0917 - what the page is made of
    desk: WhatIfDesk,
    viewer: ViewerDep,
    values: Mapping[str, str],
    asked: WhatIfRun | None,
    error: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    floors = desk.floors(viewer.markets)
    floor = next((each for each in floors if each.key == values.get("floor")), floors[0])
    return html(
        "what_if.html",
        status,
        viewer=viewer,
        floors=floors,
        floor=floor,
        hours=_hours(floor),
        policies=desk.policies(),
        values=DEFAULTS | {"absence_start": _middle(floor), "promotion_start": _middle(floor)} | dict(values),
        most_days=MOST_DAYS,
        limit=f"{desk.limit_seconds / 60:g}",
        error=error,
        **_runs(desk, viewer, asked),
    )


def _runs(desk: WhatIfDesk, viewer: Viewer, asked: WhatIfRun | None) -> dict[str, object]:
    now, floors, recent = desk.now(), desk.floors(viewer.markets), desk.newest(viewer.markets)
    return {
        "shown": run_view(asked, floors, now) if asked else None,
        "recent": [run_view(run, floors, now) for run in recent],
        "busy": any(run.is_running for run in recent),
    }


def _hours(floor: OfferedFloor) -> str:
    return _("{low} to {high}").format(low=clock(floor.start), high=clock(floor.start + floor.hours * 3600))


def _middle(floor: OfferedFloor) -> str:
    """A time in the middle of the day, on the hour."""
    return clock((floor.start + floor.hours * 1800) // 3600 * 3600)
