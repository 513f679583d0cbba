"""Reads the disambiguation queue as one viewer sees it."""

from api.console.access import Viewer
from api.console.views_queue import WAITS, QueueView, Reader, ReviewDetail, detail, rows
from routing.domain.errors import NotFound
from routing.domain.review import ReviewId, ReviewState
from routing.services import review_views
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


def review_detail(context: Context, viewer: Viewer, id: str, whole_text: bool = False) -> ReviewDetail:
    """One item, ready to be shown; NotFound when there is none."""
    return detail(review_view(context, viewer, id), context.packs.current(), reader_of(context, viewer), whole_text)
