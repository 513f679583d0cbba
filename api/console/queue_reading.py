"""Reads the disambiguation queue as one viewer sees it."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from api.console.access import Viewer, ViewerDep
from api.console.views_queue import WAITS, Marks, QueueView, Reader, ReviewDetail, detail, rows
from api.dependencies import ServiceDep
from routing.domain.errors import NotFound, Unavailable
from routing.domain.issue import Taxonomy
from routing.domain.review import ReviewId, ReviewState
from routing.ports import Classifier
from routing.services import proposals, review_views
from routing.services.attributing import Attributions
from routing.services.boundary import require_review
from routing.services.context import Context
from routing.services.review_views import ReviewView

MOST_WAITING = 50
MOST_LAPSED = 10
HOLDING = tuple(sorted(WAITS))


def reader_of(context: Context, viewer: Viewer, selected: str | None = None) -> Reader:
    """The viewer at this moment of the service's clock."""
    return Reader(viewer.name, context.clock.now(), selected)


def queue_view(context: Context, viewer: Viewer, selected: str | None) -> QueueView:
    """The queue in a fixed number of queries; an item that lapses while it is selected stays where it was."""
    reader, taxonomy = reader_of(context, viewer, selected), context.packs.current().taxonomy
    within = viewer.markets
    waiting = review_views.review_queue(context, HOLDING, None, MOST_WAITING, within)
    lapsed = review_views.review_queue(context, (ReviewState.LAPSED,), None, MOST_LAPSED, within)
    counts = review_views.review_counts(context, within)
    stays = _lapsed_meanwhile(context, viewer, selected)
    return QueueView(
        waiting=rows([*stays, *waiting], taxonomy, reader),
        lapsed=rows([view for view in lapsed if view.item.id != selected], taxonomy, reader),
        count_waiting=sum(counts.get(state, 0) for state in HOLDING),
        count_lapsed=counts.get(ReviewState.LAPSED, 0),
    )


def _lapsed_meanwhile(context: Context, viewer: Viewer, selected: str | None) -> list[ReviewView]:
    """The selected item when it has lapsed; what is no longer there has no place to stay in."""
    try:
        found = [review_view(context, viewer, selected)] if selected else []
    except NotFound:
        return []
    return [view for view in found if view.item.state is ReviewState.LAPSED]


def review_view(context: Context, viewer: Viewer, id: str) -> ReviewView:
    """One item as it stands; NotFound when there is none in the viewer's markets."""
    require_review(context, id, viewer.markets)
    return review_views.review(context, review_views.review_item(context, ReviewId(id)))


@dataclass(frozen=True, slots=True)
class Seat:
    """One viewer at the queue of one application."""

    context: Context
    viewer: Viewer
    words: Attributions
    classifier: Classifier

    @property
    def taxonomy(self) -> Taxonomy:
        """The issue types of this moment."""
        return self.context.packs.current().taxonomy


async def seat(request: Request, service: ServiceDep, viewer: ViewerDep) -> Seat:
    """Gather what every step in the queue needs."""
    words = cast(Attributions, request.app.state.console_words)
    return Seat(service.context, viewer, words, service.classifier)


SeatDep = Annotated[Seat, Depends(seat)]


def review_detail(seat: Seat, id: str, whole_text: bool = False) -> ReviewDetail:
    """One item, ready to be shown; NotFound when there is none."""
    context, viewer = seat.context, seat.viewer
    view = review_view(context, viewer, id)
    return detail(view, context.packs.current(), reader_of(context, viewer), whole_text, _marks(seat, view))


def _marks(seat: Seat, view: ReviewView) -> Marks:
    """What was worked out before; a classifier that does not answer marks no words."""
    try:
        words = seat.words.known(seat.context, view)
    except Unavailable:
        words = None
    proposed = view.item.proposal_id
    return Marks(words, proposals.name_of(seat.context, proposed) if proposed else "")
