"""The COp's page: presence, offers to answer, work to wrap up or hand on; live, and theirs alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from api.console.access import FieldsDep, Viewer, ViewerDep, console_router
from api.console.desk_form import handed_on_because, outcome_of, presence_of, reason_of
from api.console.desk_pulse import DeskPulse
from api.console.problems import problem
from api.console.rendering import HEADERS, html
from api.console.sentences import refusal
from api.console.sign_in import DESK
from api.console.speech import _, marked
from api.console.views_desk import DECLINES, DISPOSITIONS, DeskView, desk_view
from api.dependencies import Served, ServiceDep
from api.rest.places import hiding_others
from api.schemas.base import STORABLE
from routing.domain.cop import Cop, CopId, Presence
from routing.domain.errors import Invalid, NotFound, RoutingError
from routing.domain.offer import AssignmentId, OfferId
from routing.services import floor_views, offers, wrap_up
from routing.services.boundary import require_cop, seen
from routing.services.desk import desk
from routing.services.presence import PresenceChange, set_presence

MOST_LISTED = 300
NOW = {
    Presence.AVAILABLE: marked("You are available."),
    Presence.BUSY: marked("You are busy."),
    Presence.AWAY: marked("You are away."),
    Presence.OFFLINE: marked("You are offline."),
}
router = console_router()
Id = Annotated[str, Query(max_length=128, pattern=STORABLE)]


@router.get(DESK)
def show(service: ServiceDep, viewer: ViewerDep, cop_id: Id = "", work: Id = "", search: Id = "") -> Response:
    """The desk; for somebody who is no COp, whose desk it shall be."""
    mine = viewer.acting_as or (CopId(cop_id) if cop_id else None)
    if mine is None:
        return _choice(service, viewer, search)
    try:
        shown = _desk(service, viewer, mine, work)
    except RoutingError as error:
        return problem(error)
    return html("desk.html", 200, viewer=viewer, **_parts(shown))


@router.get(f"{DESK}/board")
def board(service: ServiceDep, viewer: ViewerDep, cop_id: Id = "", work: Id = "") -> Response:
    """The part of the desk that changes."""
    try:
        return html("desk_board.html", 200, **_parts(_desk(service, viewer, _whose(viewer, cop_id), work)))
    except RoutingError as error:
        return problem(error)


@router.get(f"{DESK}/stream")
async def stream(request: Request, service: ServiceDep, viewer: ViewerDep, cop_id: Id = "") -> Response:
    """A pulse a second: the service's clock, and the number of the newest event that may concern this COp."""
    pulse = cast(DeskPulse, request.app.state.console_desk_pulse)
    if pulse.full:
        return Response("too many desks are open", 503, headers=HEADERS)
    try:
        mine = _whose(viewer, cop_id)
        require_cop(service.context, mine, viewer.markets)
    except RoutingError as error:
        return problem(error)
    headers = HEADERS | {"X-Accel-Buffering": "no"}
    return StreamingResponse(pulse.follow(mine), media_type="text/event-stream", headers=headers)


@dataclass(frozen=True, slots=True)
class Visit:
    """Something a COp does at a desk."""

    request: Request
    service: Served
    viewer: Viewer
    form: Mapping[str, str]

    @property
    def by_script(self) -> bool:
        """Whether the page's own script asks, which replaces a part of the page."""
        return "hx-request" in self.request.headers


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it, and the work that is in front of the COp then."""

    said: str
    work: str = ""
    status: int = 200


async def visit(request: Request, service: ServiceDep, viewer: ViewerDep, form: FieldsDep) -> Visit:
    """Gather what a step needs."""
    return Visit(request, service, viewer, form)


VisitDep = Annotated[Visit, Depends(visit)]


@router.post(f"{DESK}/presence")
def presence(at: VisitDep) -> Response:
    """Say whether one is there."""

    def step(mine: CopId) -> Done:
        change = PresenceChange(mine, presence_of(at.form), at.viewer.name, source="console")
        return Done(_(NOW[set_presence(at.service.context, change).presence]), at.form.get("work", ""))

    return _carried_out(at, step)


@router.post(f"{DESK}/offers/{{offer_id}}/accept")
def accept(at: VisitDep, offer_id: str) -> Response:
    """Take the conversation."""

    def step(mine: CopId) -> Done:
        with hiding_others("offer", offer_id):
            return Done(_("It is yours."), offers.accept(at.service.context, OfferId(offer_id), mine).id)

    return _carried_out(at, step)


@router.post(f"{DESK}/offers/{{offer_id}}/decline")
def decline(at: VisitDep, offer_id: str) -> Response:
    """Do not take it."""

    def step(mine: CopId) -> Done:
        with hiding_others("offer", offer_id):
            offers.decline(at.service.context, OfferId(offer_id), reason_of(at.form) or None, mine)
        return Done(_("Declined: somebody else is asked."), at.form.get("work", ""))

    return _carried_out(at, step)


@router.post(f"{DESK}/assignments/{{assignment_id}}/wrap-up")
def finish(at: VisitDep, assignment_id: str) -> Response:
    """The work is done."""

    def step(mine: CopId) -> Done:
        with hiding_others("assignment", assignment_id):
            wrap_up.wrap_up(at.service.context, AssignmentId(assignment_id), outcome_of(at.form), mine)
        return Done(_("Wrapped up."))

    return _carried_out(at, step)


@router.post(f"{DESK}/assignments/{{assignment_id}}/transfer")
def transfer(at: VisitDep, assignment_id: str) -> Response:
    """Hand it on."""

    def step(mine: CopId) -> Done:
        reason, issue_type = handed_on_because(at.form), at.form.get("issue_type") or None
        with hiding_others("assignment", assignment_id):
            wrap_up.transfer(at.service.context, AssignmentId(assignment_id), reason, issue_type, mine)
        return Done(_("Handed on: it waits for somebody else, with its age."))

    return _carried_out(at, step)


def _carried_out(at: Visit, step: Callable[[CopId], Done]) -> Response:
    """Carry a step out and show the desk as it is then; without scripts, the whole page again."""
    try:
        mine = _whose(at.viewer, at.form.get("cop_id", ""))
        require_cop(at.service.context, mine, at.viewer.markets)
    except RoutingError as error:
        return problem(error)
    try:
        done = step(mine)
    except NotFound as error:
        return problem(error)
    except RoutingError as error:
        done = Done(refusal(error), at.form.get("work", ""), 422 if isinstance(error, Invalid) else 409)
    if not at.by_script and done.status == 200:
        return RedirectResponse(_place(at.viewer, mine, done.work), 303, headers=HEADERS)
    parts = _parts(_desk(at.service, at.viewer, mine, done.work), done)
    return html("desk_board.html" if at.by_script else "desk.html", done.status, viewer=at.viewer, **parts)


def _place(viewer: Viewer, mine: CopId, work: str) -> str:
    asked = {"work": work} | ({} if viewer.acting_as else {"cop_id": mine})
    return f"{DESK}?{urlencode(asked)}"


def _whose(viewer: Viewer, asked: str) -> CopId:
    if viewer.acting_as is not None:
        if asked and asked != viewer.acting_as:
            raise NotFound("COp", asked)
        return viewer.acting_as
    if not asked:
        raise Invalid("cop_id", "", "the COp whose desk it is")
    return CopId(asked)


def _desk(service: Served, viewer: Viewer, mine: CopId, work: str) -> DeskView:
    require_cop(service.context, mine, viewer.markets)
    return desk_view(desk(service.context, mine, viewer.markets), service.context.packs.current(), work)


def _parts(shown: DeskView, done: Done | None = None) -> dict[str, object]:
    said = {"said": done.said if done else "", "failed": done is not None and done.status != 200}
    return {"desk": shown, "dispositions": DISPOSITIONS, "declines": DECLINES, **said}


def _choice(service: Served, viewer: Viewer, search: str) -> HTMLResponse:
    every = (view for view in floor_views.cops(service.context) if seen(view.cop, viewer.markets))
    found = [view for view in every if _is_meant(view.cop, search.casefold().split())]
    parts = {"cops": found[:MOST_LISTED], "more": len(found) - MOST_LISTED, "search": search}
    return html("desk_choice.html", 200, viewer=viewer, **parts)


def _is_meant(cop: Cop, words: Sequence[str]) -> bool:
    text = f"{cop.name} {cop.id} {cop.team}".casefold()
    return all(word in text for word in words)
