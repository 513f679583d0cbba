"""What is loaded beside an item on demand: cases like it, its customer's other conversations, its telling words."""

from fastapi.responses import Response

from api.console.access import console_router
from api.console.problems import problem
from api.console.queue_reading import SeatDep, review_view
from api.console.rendering import html
from api.console.views_cases import earlier, similar
from api.console.views_words import words_shown
from api.rest.places import PathId
from routing.domain.errors import RoutingError
from routing.services import review_views

MOST_EARLIER = 5
router = console_router()


@router.get("/console/reviews/{review_id}/similar")
def similar_to(review_id: PathId, seat: SeatDep) -> Response:
    """Decided cases near in meaning."""
    try:
        text = review_view(seat.context, seat.viewer, review_id).text
        cases = review_views.similar_cases(seat.context, seat.classifier, text, seat.viewer.markets)
    except RoutingError as error:
        return problem(error)
    return html("similar.html", cases=similar(cases, seat.taxonomy))


@router.get("/console/reviews/{review_id}/customer")
def customer(review_id: PathId, seat: SeatDep) -> Response:
    """What else the same customer wrote about."""
    try:
        view = review_view(seat.context, seat.viewer, review_id)
        found = review_views.customer_history(seat.context, view.item, MOST_EARLIER, seat.viewer.markets)
    except RoutingError as error:
        return problem(error)
    known = view.conversation.customer_id is not None
    return html("earlier.html", known=known, earlier=earlier(found, seat.context.packs.current()))


@router.get("/console/reviews/{review_id}/words")
def words(review_id: PathId, seat: SeatDep) -> Response:
    """Which words speak for the first candidate and which for the second, by leaving each of them out."""
    try:
        view = review_view(seat.context, seat.viewer, review_id)
        found = seat.words.of(seat.context, view)
    except RoutingError as error:
        return problem(error)
    told = words_shown(found, view.messages, seat.taxonomy) if found else None
    return html("words.html", words=told)
