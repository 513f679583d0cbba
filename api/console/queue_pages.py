"""The disambiguation queue's parts of the page, and the steps a manager takes there."""

from collections.abc import Callable
from typing import Annotated

from fastapi import Query
from fastapi.responses import HTMLResponse, Response

from api.console.access import FieldsDep, Viewer, ViewerDep, console_router
from api.console.problems import problem
from api.console.queue_reading import queue_view, reader_of, review_detail, review_view
from api.console.rendering import html
from api.console.views_queue import similar, standing, verdict_name
from api.dependencies import ServiceDep
from api.rest.places import PathId
from api.schemas.base import STORABLE
from routing.domain.errors import NotTheOwner, RoutingError
from routing.domain.review import UNDECIDED, ReviewId, ReviewItem
from routing.services import review, review_views
from routing.services.boundary import require_review
from routing.services.context import Context

router = console_router()
OUTSIDE = "-"
Id = Annotated[str, Query(max_length=200, pattern=STORABLE)]


@router.get("/console/queue")
def queue(service: ServiceDep, viewer: ViewerDep, selected: Id = "") -> HTMLResponse:
    """The queue's list."""
    return html("queue.html", queue=queue_view(service.context, viewer, selected or None))


@router.get("/console/reviews/{review_id}")
def show(review_id: PathId, service: ServiceDep, viewer: ViewerDep, whole: bool = False) -> Response:
    """One item, without claiming it."""
    return _shown(service.context, viewer, review_id, whole_text=whole)


@router.get("/console/reviews/{review_id}/similar")
def similar_to(review_id: PathId, service: ServiceDep, viewer: ViewerDep) -> Response:
    """Decided cases near in meaning."""
    context = service.context
    try:
        text = review_view(context, viewer, review_id).text
        cases = review_views.similar_cases(context, service.classifier, text, viewer.markets)
    except RoutingError as error:
        return problem(error)
    return html("similar.html", cases=similar(cases, context.packs.current().taxonomy))


@router.post("/console/reviews/{review_id}/claim")
def claim(review_id: PathId, service: ServiceDep, viewer: ViewerDep) -> Response:
    """Take an item up and show others so; when somebody else was first, it is shown with their name."""
    context = service.context
    error = _tried(lambda: review.claim(context, ReviewId(review_id), viewer.name), context, viewer, review_id)
    return _shown(context, viewer, review_id, error)


@router.post("/console/reviews/{review_id}/verdict")
def verdict(review_id: PathId, service: ServiceDep, viewer: ViewerDep, form: FieldsDep) -> Response:
    """Decide an item and go on with the next one; when that cannot be, the item says why."""
    context, key = service.context, form.get("issue_type", "")
    decided = None if key == OUTSIDE else key
    error = _tried(
        lambda: review.give_verdict(context, ReviewId(review_id), decided, viewer.name), context, viewer, review_id
    )
    if error:
        return _shown(context, viewer, review_id, error)
    name = verdict_name(decided, context.packs.current().taxonomy)
    return _next(context, viewer, form.get("next"), said=f"Decided: {name}.", undo=review_id)


@router.post("/console/reviews/{review_id}/skip")
def skip(review_id: PathId, service: ServiceDep, viewer: ViewerDep, form: FieldsDep) -> Response:
    """Leave an item to others and go on with the next one."""
    context = service.context
    error = _tried(lambda: review.skip(context, ReviewId(review_id), viewer.name), context, viewer, review_id)
    if error:
        return _shown(context, viewer, review_id, error)
    return _next(context, viewer, form.get("next"), said="Skipped; it stays for others.")


@router.post("/console/reviews/{review_id}/undo")
def undo(review_id: PathId, service: ServiceDep, viewer: ViewerDep) -> Response:
    """Take one's own verdict back and show the item again."""
    context = service.context
    error = _tried(lambda: review.undo(context, ReviewId(review_id), viewer.name), context, viewer, review_id)
    return _shown(context, viewer, review_id, error, said="" if error else "Your verdict is taken back.")


def _tried(step: Callable[[], ReviewItem], context: Context, viewer: Viewer, id: str) -> str | None:
    """Take a step; what to tell the manager when it was refused, None when it was done."""
    try:
        step()
    except RoutingError as error:
        return _why(error, context, viewer, id)
    return None


def _why(error: RoutingError, context: Context, viewer: Viewer, id: str) -> str:
    try:
        item = review_views.review_item(context, ReviewId(id))
    except RoutingError:
        return "This item does not exist any more."
    reader, taxonomy = reader_of(context, viewer), context.packs.current().taxonomy
    if item.state not in UNDECIDED:
        return f"Too late: {standing(item, taxonomy, reader)} Yours was not saved."
    if isinstance(error, NotTheOwner):
        return f"{standing(item, taxonomy, reader)} It is theirs until they decide, skip it, or their claim ends."
    return f"Not done: {error}."


def _next(context: Context, viewer: Viewer, wanted: str | None, said: str, undo: str | None = None) -> Response:
    """Claim and show the next item; an empty panel when it is gone or there is none."""
    if wanted:
        try:
            require_review(context, wanted, viewer.markets)
            review.claim(context, ReviewId(wanted), viewer.name)
            return _shown(context, viewer, wanted, said=said, undo=undo)
        except RoutingError:
            # Somebody else was faster: the manager picks another one from the list.
            pass
    return html("review.html", shown=None, error=None, said=said, undo=undo)


def _shown(  # noqa: PLR0913 - what an item's panel says, each part of it optional
    context: Context,
    viewer: Viewer,
    id: str,
    error: str | None = None,
    *,
    said: str = "",
    undo: str | None = None,
    whole_text: bool = False,
) -> Response:
    try:
        shown = review_detail(context, viewer, id, whole_text)
    except RoutingError as missing:
        return problem(missing)
    return html("review.html", shown=shown, error=error, said=said, undo=undo)
