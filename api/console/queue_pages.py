"""The disambiguation queue's parts of the page, and the steps that decide an item or leave it."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.console.access import FieldsDep, ViewerDep, console_router
from api.console.queue_reading import SeatDep, queue_view
from api.console.queue_showing import go_on, looked_at, shown, tried
from api.console.rendering import html
from api.console.speech import _
from api.console.views_queue import OUTSIDE_KEY, verdict_names
from api.dependencies import ServiceDep
from api.rest.places import PathId
from api.schemas.base import STORABLE
from routing.domain.review import ReviewId
from routing.services import escalating, review

router = console_router()
Id = Annotated[str, Query(max_length=200, pattern=STORABLE)]


@router.get("/console/queue")
def queue(service: ServiceDep, viewer: ViewerDep, selected: Id = "") -> HTMLResponse:
    """The queue's list."""
    return html("queue.html", queue=queue_view(service.context, viewer, selected or None))


@router.get("/console/reviews/{review_id}")
def show(review_id: PathId, seat: SeatDep, whole: bool = False) -> Response:
    """One item, without claiming it."""
    return looked_at(seat, review_id, whole)


@router.post("/console/reviews/{review_id}/claim")
def claim(review_id: PathId, seat: SeatDep) -> Response:
    """Take an item up and show others so; when somebody else was first, it is shown with their name."""
    error = tried(lambda: review.claim(seat.context, ReviewId(review_id), seat.viewer.name), seat, review_id)
    return shown(seat, review_id, error)


@router.post("/console/reviews/{review_id}/verdict")
def verdict(review_id: PathId, seat: SeatDep, form: FieldsDep) -> Response:
    """Decide an item and go on with the next one; when that cannot be, the item says why."""
    key, also = form.get("issue_type", ""), tuple(filter(None, form.get("also", "").split(",")))
    decided, id = None if key == OUTSIDE_KEY else key, ReviewId(review_id)
    error = tried(lambda: review.give_verdict(seat.context, id, decided, seat.viewer.name, also), seat, review_id)
    if error:
        return shown(seat, review_id, error)
    first, needs = review.ordered(seat.taxonomy, decided, also)
    name = verdict_names(first, needs, seat.taxonomy)
    return go_on(seat, form.get("next"), said=_("Decided: {names}.").format(names=name), undo=review_id)


@router.post("/console/reviews/{review_id}/skip")
def skip(review_id: PathId, seat: SeatDep, form: FieldsDep) -> Response:
    """Leave an item to others and go on with the next one."""
    error = tried(lambda: review.skip(seat.context, ReviewId(review_id), seat.viewer.name), seat, review_id)
    if error:
        return shown(seat, review_id, error)
    return go_on(seat, form.get("next"), said=_("Skipped; it stays for others."))


@router.post("/console/reviews/{review_id}/escalate")
def escalate(review_id: PathId, seat: SeatDep, form: FieldsDep) -> Response:
    """Leave an item to a lead with a note, and go on with the next one."""
    note, to = form.get("note", ""), form.get("to", "").strip() or None
    id, by = ReviewId(review_id), seat.viewer.name
    error = tried(lambda: escalating.escalate(seat.context, id, by, note, to), seat, review_id)
    if error:
        return shown(seat, review_id, error)
    said = _("Escalated to {name}; its deadline stays.") if to else _("Escalated to a lead; its deadline stays.")
    return go_on(seat, form.get("next"), said=said.format(name=to))


@router.post("/console/reviews/{review_id}/undo")
def undo(review_id: PathId, seat: SeatDep) -> Response:
    """Take one's own verdict back and show the item again."""
    error = tried(lambda: review.undo(seat.context, ReviewId(review_id), seat.viewer.name), seat, review_id)
    return shown(seat, review_id, error, said="" if error else _("Your verdict is taken back."))
