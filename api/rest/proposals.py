"""Issue types that people propose: made from the queue, settled by whoever keeps the taxonomy."""

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response

from api.dependencies import CallDep, CallerDep, ServiceDep
from api.guard import PROBLEMS, guarded_router
from api.idempotency import Reply
from api.identity import Caller
from api.rest.places import PathId
from api.schemas.proposals import ProposalReply, ProposalRequest, ProposalsReply, SettlementRequest
from routing.domain.proposal import ProposalId, ProposalState, Settlement
from routing.domain.review import ReviewId
from routing.services import proposals
from routing.services.boundary import require_review
from routing.services.context import Context
from routing.services.proposals import Draft

router = guarded_router("proposals")
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {**PROBLEMS[422], "description": "no review has one of these ids"}}


@router.get("/v1/proposals", summary="List the issue types that people proposed")
def list_proposals(
    service: ServiceDep,
    caller: CallerDep,
    state: Annotated[ProposalState | None, Query(description="unset: every state")] = None,
) -> ProposalsReply:
    """Newest first, with their cases in the caller's markets; without one there, a proposal is not listed."""
    found = proposals.listed(service.context, state, caller.markets)
    return ProposalsReply(items=[ProposalReply.of(view) for view in found])


@router.post("/v1/proposals", response_model=ProposalReply, responses=UNKNOWN, summary="Propose an issue type")
def propose(body: ProposalRequest, call: CallDep) -> Response:
    """One of the same name that is open gets the cases. Cases stay undecided and go on by their deadline."""
    return call.at_once(body, lambda context, _: _propose(context, call.caller, body))


def _propose(context: Context, caller: Caller, body: ProposalRequest) -> Reply:
    for id in body.reviews:
        require_review(context, id, caller.markets)
    draft = Draft(body.name, body.description, caller.name, tuple(map(ReviewId, body.reviews)))
    made = proposals.propose(context, draft)
    view = proposals.view(context, made.proposal.id, caller.markets)
    return Reply(ProposalReply.of(view, made.left_out))


@router.post("/v1/proposals/{proposal_id}/settle", response_model=ProposalReply, summary="Accept or decline it")
def settle(proposal_id: PathId, body: SettlementRequest, call: CallDep) -> Response:
    """Accepting names a key; the pack and the model are changed with `pointsman types add`."""
    return call.at_once(body, lambda context, _: _settle(context, call.caller, ProposalId(proposal_id), body))


def _settle(context: Context, caller: Caller, id: ProposalId, body: SettlementRequest) -> Reply:
    state = ProposalState.ACCEPTED if body.accept else ProposalState.DECLINED
    settlement = Settlement(state, caller.name, context.clock.now(), body.note, body.key)
    proposals.settle(context, id, settlement)
    return Reply(ProposalReply.of(proposals.view(context, id)))
