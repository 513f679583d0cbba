"""New issue types: proposed from an item or from a group of items, and settled."""

from collections.abc import Sequence

from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.console.access import FieldsDep, Viewer, ViewerDep, console_router
from api.console.queue_reading import SeatDep
from api.console.queue_showing import go_on, shown, tried
from api.console.rendering import HEADERS, html
from api.console.sentences import refusal
from api.console.speech import _
from api.console.views_proposals import groups, rows
from api.dependencies import Served, ServiceDep
from api.rest.places import PathId
from routing.domain.errors import RoutingError
from routing.domain.proposal import ProposalId, ProposalState, Settlement
from routing.domain.review import ReviewId
from routing.services import clustering, proposals, review
from routing.services.boundary import require_review
from routing.services.clustering import Search
from routing.services.context import Context
from routing.services.proposals import Draft, Proposed

PAGE = "/console/proposals"
router = console_router()


@router.post("/console/reviews/{review_id}/propose")
def propose(review_id: PathId, seat: SeatDep, form: FieldsDep) -> Response:
    """Propose an issue type that an item needs; the item is left, or sent on at once, as the form says."""
    id, by = ReviewId(review_id), seat.viewer.name
    draft = Draft(form.get("name", ""), form.get("description", ""), by, (id,))
    made: list[Proposed] = []
    error = tried(lambda: made.append(_proposed(seat.context, draft, form.get("go_on") == "now")), seat, review_id)
    if error:
        return shown(seat, review_id, error)
    said = _("Proposed as a new issue type.")
    if made[0].left_out:
        said += " " + _("This message is no case of it: somebody else holds it.")
    return go_on(seat, form.get("next"), said=said)


def _proposed(context: Context, draft: Draft, at_once: bool) -> Proposed:
    made = proposals.propose(context, draft)
    if at_once:
        for id in made.cases:
            review.give_verdict(context, id, None, draft.by)
    return made


@router.get(PAGE)
def list_proposals(service: ServiceDep, viewer: ViewerDep) -> HTMLResponse:
    """What was proposed, and groups of undecided messages that may be an issue type of their own."""
    return _page(service, viewer)


@router.post(PAGE)
def propose_group(service: ServiceDep, viewer: ViewerDep, form: FieldsDep) -> Response:
    """Propose an issue type with the items of a group as its cases."""
    ids = [ReviewId(id) for id in form.get("items", "").split(",") if id]
    try:
        _require_all(service.context, viewer, ids)
        draft = Draft(form.get("name", ""), form.get("description", ""), viewer.name, tuple(ids))
        proposals.propose(service.context, draft)
    except RoutingError as error:
        return _page(service, viewer, refusal(error), 409)
    return RedirectResponse(PAGE, 303, headers=HEADERS)


@router.post(PAGE + "/{proposal_id}/settle")
def settle(proposal_id: PathId, service: ServiceDep, viewer: ViewerDep, form: FieldsDep) -> Response:
    """Accept or decline a proposal."""
    state = ProposalState.ACCEPTED if form.get("answer") == "accept" else ProposalState.DECLINED
    context = service.context
    asked = Settlement(state, viewer.name, context.clock.now(), form.get("note", ""), form.get("key", "") or None)
    try:
        proposals.settle(context, ProposalId(proposal_id), asked)
    except RoutingError as error:
        return _page(service, viewer, refusal(error), 409)
    return RedirectResponse(PAGE, 303, headers=HEADERS)


def _require_all(context: Context, viewer: Viewer, ids: Sequence[ReviewId]) -> None:
    for id in ids[: proposals.MOST_CASES]:
        require_review(context, id, viewer.markets)


def _page(service: Served, viewer: Viewer, error: str | None = None, status: int = 200) -> HTMLResponse:
    context = service.context
    found, unsearched = _searched(service, viewer)
    return html(
        "proposals.html",
        status,
        viewer=viewer,
        error=error,
        proposals=rows(proposals.listed(context, None, viewer.markets), may_settle=viewer.markets is None),
        groups=groups(found),
        strange=found.strange,
        undecided=found.undecided,
        unsearched=unsearched,
    )


def _searched(service: Served, viewer: Viewer) -> tuple[Search, str | None]:
    try:
        return clustering.search(service.context, service.classifier, viewer.markets), None
    except RoutingError as error:
        return Search((), 0, 0), refusal(error)
