"""The disambiguation queue: claimed, decided, skipped, undone."""

from math import inf, isfinite
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from api.dependencies import CallDep, CallerDep, ServiceDep
from api.guard import guarded_router
from api.idempotency import Reply
from api.pages import Cursor, Limit, read_cursor, slice_of
from api.rest.places import PathId
from api.schemas.base import Page
from api.schemas.reviews import ReviewReply, VerdictRequest
from routing.domain.errors import Invalid
from routing.domain.review import QueuePlace, ReviewId, ReviewItem, ReviewState
from routing.services import review, review_views
from routing.services.context import Context

KIND = "reviews"
HOLDING = (ReviewState.OPEN, ReviewState.CLAIMED)
router = guarded_router("reviews")


def mark_of(place: QueuePlace) -> str:
    """A place in the queue as the text a cursor carries."""
    return f"{place.negated_value!r} {place.id}"


def place_of(mark: str | None) -> QueuePlace | None:
    """The place a cursor names; Invalid for one of another version of the service."""
    if mark is None:
        return None
    value, _, id = mark.partition(" ")
    try:
        place = QueuePlace(float(value), id)
    except ValueError:
        place = QueuePlace(inf, "")
    if not id or not isfinite(place.negated_value):
        raise Invalid("cursor", mark, "the next_cursor of an earlier page of the same list")
    return place


@router.get("/v1/reviews", summary="List what waits for a person's decision")
def reviews(
    service: ServiceDep,
    caller: CallerDep,
    state: Annotated[list[ReviewState] | None, Query(max_length=5, description="unset: open and claimed")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ReviewReply]:
    """Most valuable first, with the message, the candidates and their probabilities.

    A blind check is listed under `lapsed`, without its triage until it is decided.
    """
    states = tuple(state) if state else HOLDING
    after = place_of(read_cursor(KIND, cursor))
    found = review_views.review_queue(service.context, states, after, limit + 1, caller.markets)
    page = slice_of(KIND, found, limit, lambda view: mark_of(view.item.place))
    taxonomy = service.context.packs.current().taxonomy
    items = [ReviewReply.of(view, taxonomy) for view in page.items]
    return Page[ReviewReply](items=items, next_cursor=page.next_cursor)


@router.post("/v1/reviews/{review_id}/claim", response_model=ReviewReply, summary="Show others that you are on it")
def claim(review_id: PathId, call: CallDep) -> Response:
    """The claim holds for a while, and others' steps are refused meanwhile; claiming again renews it."""
    id, by = ReviewId(review_id), call.caller.name
    return call.at_once(None, lambda context, _: shown(context, review.claim(context, id, by)))


@router.post("/v1/reviews/{review_id}/verdict", response_model=ReviewReply, summary="Say what it is")
def verdict(review_id: PathId, body: VerdictRequest, call: CallDep) -> Response:
    """The conversation goes on by that issue type, and its words become a label. Null: outside the taxonomy.

    With others in `also` it goes on by the most urgent of them all, the others are kept, and nothing is learned.
    """
    id, by = ReviewId(review_id), call.caller.name
    return call.at_once(
        body, lambda context, _: shown(context, review.give_verdict(context, id, body.issue_type, by, body.also))
    )


@router.post("/v1/reviews/{review_id}/skip", response_model=ReviewReply, summary="Leave it to others")
def skip(review_id: PathId, call: CallDep) -> Response:
    """Gives a claim back."""
    id, by = ReviewId(review_id), call.caller.name
    return call.at_once(None, lambda context, _: shown(context, review.skip(context, id, by)))


@router.post("/v1/reviews/{review_id}/undo", response_model=ReviewReply, summary="Take your own verdict back")
def undo(review_id: PathId, call: CallDep) -> Response:
    """The label goes; a conversation that still waits returns to review."""
    id, by = ReviewId(review_id), call.caller.name
    return call.at_once(None, lambda context, _: shown(context, review.undo(context, id, by)))


def shown(context: Context, item: ReviewItem) -> Reply:
    """An item as the caller of a step sees it then."""
    view = review_views.review(context, item)
    return Reply(ReviewReply.of(view, context.packs.current().taxonomy))
