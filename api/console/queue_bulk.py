"""One verdict for near-duplicates: the preview, the verdicts a person leaves in, and all of them taken back."""

from collections.abc import Sequence

from fastapi.responses import Response

from api.console.access import FieldsDep, console_router
from api.console.problems import problem
from api.console.queue_reading import Seat, SeatDep, reader_of, review_view
from api.console.queue_showing import go_on, shown
from api.console.rendering import html
from api.console.sentences import not_done, refusal
from api.console.speech import ngettext
from api.console.views_alike import preview
from api.console.views_queue import OUTSIDE_KEY, verdict_name
from api.rest.places import PathId
from routing.domain.errors import RoutingError
from routing.domain.review import ReviewId
from routing.services import deciding_alike
from routing.services.boundary import require_review
from routing.services.deciding_alike import Outcome

router = console_router()


@router.get("/console/reviews/{review_id}/alike")
def alike(review_id: PathId, seat: SeatDep) -> Response:
    """The undecided items that say nearly the same: each can be left out before anything is decided."""
    context, viewer = seat.context, seat.viewer
    try:
        view = review_view(context, viewer, review_id)
        found = deciding_alike.alike(context, seat.classifier, view, viewer.name, viewer.markets)
    except RoutingError as error:
        return problem(error)
    return html("alike.html", shown=preview(view, found, context.packs.current(), reader_of(context, viewer)))


@router.post("/console/bulk")
def decide(seat: SeatDep, form: FieldsDep) -> Response:
    """The same verdict for all items named, a transaction each; then the next one."""
    key, ids = form.get("issue_type", ""), _ids(form.get("items", ""))
    chosen = None if key == OUTSIDE_KEY else key
    try:
        _require_all(seat, ids)
        done = deciding_alike.decide_all(seat.context, ids, chosen, seat.viewer.name)
    except RoutingError as error:
        return _refused(seat, ids, refusal(error))
    if not done.decided:
        return _refused(seat, ids, done.refused[0][1])
    told = ngettext("Decided {count} message: {name}.", "Decided {count} messages: {name}.", len(done.decided))
    said = told.format(count=len(done.decided), name=verdict_name(chosen, seat.taxonomy)) + _others(done)
    return go_on(seat, form.get("next"), said=said, undo=",".join(done.decided))


@router.post("/console/bulk/undo")
def undo(seat: SeatDep, form: FieldsDep) -> Response:
    """Take back one's own verdicts on all items named, a transaction each."""
    ids = _ids(form.get("items", ""))
    try:
        _require_all(seat, ids)
        done = deciding_alike.undo_all(seat.context, ids, seat.viewer.name)
    except RoutingError as error:
        return _refused(seat, ids, refusal(error))
    if not done.decided:
        return _refused(seat, ids, done.refused[0][1])
    count = len(done.decided)
    told = ngettext("{count} of your verdicts is taken back.", "{count} of your verdicts are taken back.", count)
    said = told.format(count=count) + _others(done)
    return shown(seat, done.decided[0], said=said)


def _ids(text: str) -> list[ReviewId]:
    return [ReviewId(id) for id in dict.fromkeys(filter(None, text.split(",")))]


def _require_all(seat: Seat, ids: Sequence[ReviewId]) -> None:
    for id in ids[: deciding_alike.MOST_AT_ONCE]:
        require_review(seat.context, id, seat.viewer.markets)


def _others(done: Outcome) -> str:
    if not done.refused:
        return ""
    said = ngettext(
        "{count} other was not, for somebody else decides it.",
        "{count} others were not, for somebody else decides them.",
        len(done.refused),
    )
    return " " + said.format(count=len(done.refused))


def _refused(seat: Seat, ids: Sequence[ReviewId], why: str) -> Response:
    if not ids:
        return html("review.html", shown=None, error=not_done(why), said="", undo=None)
    return shown(seat, ids[0], not_done(why))
