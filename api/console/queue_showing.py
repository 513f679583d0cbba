"""What a step in the queue is answered with: the item, the next one, or why it was refused."""

from collections.abc import Callable

from fastapi.responses import Response

from api.console.problems import problem
from api.console.queue_reading import Seat, reader_of, review_detail
from api.console.rendering import html
from api.console.sentences import not_done
from api.console.speech import _
from api.console.views_queue import standing
from routing.domain.errors import NotTheOwner, RoutingError
from routing.domain.review import UNDECIDED, ReviewId
from routing.services import review, review_views
from routing.services.boundary import require_review


def tried(step: Callable[[], object], seat: Seat, id: str) -> str | None:
    """Take a step; what to tell the manager when it was refused, None when it was done."""
    try:
        step()
    except RoutingError as error:
        return _why(error, seat, id)
    return None


def _why(error: RoutingError, seat: Seat, id: str) -> str:
    try:
        item = review_views.review_item(seat.context, ReviewId(id))
    except RoutingError:
        return _("This item does not exist any more.")
    reader = reader_of(seat.context, seat.viewer)
    if item.state not in UNDECIDED:
        return _("Too late: {standing} Yours was not saved.").format(standing=standing(item, seat.taxonomy, reader))
    if isinstance(error, NotTheOwner):
        said = _("{standing} It is theirs until they decide, skip it, or their claim ends.")
        return said.format(standing=standing(item, seat.taxonomy, reader))
    return not_done(error)


def go_on(seat: Seat, wanted: str | None, said: str, undo: str | None = None) -> Response:
    """Claim and show the next item; an empty panel when it is gone or there is none."""
    if wanted:
        try:
            require_review(seat.context, wanted, seat.viewer.markets)
            review.claim(seat.context, ReviewId(wanted), seat.viewer.name)
            return shown(seat, wanted, said=said, undo=undo)
        except RoutingError:
            # Somebody else was faster: the manager picks another one from the list.
            pass
    return html("review.html", shown=None, error=None, said=said, undo=undo)


def shown(seat: Seat, id: str, error: str | None = None, *, said: str = "", undo: str | None = None) -> Response:
    """One item's panel, with what came of a step."""
    return _panel(seat, id, False, error=error, said=said, undo=undo)


def looked_at(seat: Seat, id: str, whole_text: bool) -> Response:
    """One item's panel; `whole_text` shows a long message to its end."""
    return _panel(seat, id, whole_text, error=None, said="", undo=None)


def _panel(seat: Seat, id: str, whole_text: bool, **told: str | None) -> Response:
    try:
        detail = review_detail(seat, id, whole_text)
    except RoutingError as missing:
        return problem(missing)
    return html("review.html", 200, shown=detail, **told)
