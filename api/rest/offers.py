"""Offers: accepted or declined by the COp they were made to."""

from fastapi.responses import Response

from api.dependencies import Call, CallDep
from api.guard import guarded_router
from api.idempotency import Effect, Reply
from api.rest.places import PathId, hiding_others
from api.schemas.work import AssignmentReply, Decline, OfferReply
from routing.domain.offer import Offer, OfferId, OfferState
from routing.ports import UnitOfWork
from routing.services import offers, reporting

router = guarded_router("offers")


@router.post("/v1/offers/{offer_id}/accept", response_model=AssignmentReply, summary="Take the conversation")
def accept(offer_id: PathId, call: CallDep) -> Response:
    """The reply is the assignment that begins. Refused from `expires_at` on."""
    return call.at_once(None, lambda uow, _: _accept(uow, call, offer_id))


def _accept(uow: UnitOfWork, call: Call, offer_id: str) -> Reply:
    with hiding_others("offer", offer_id):
        assignment = offers.accept_within(uow, call.context, OfferId(offer_id), call.caller.acting_as)
    return Reply(AssignmentReply.model_validate(assignment))


@router.post("/v1/offers/{offer_id}/decline", response_model=OfferReply, summary="Do not take it")
def decline(offer_id: PathId, call: CallDep, body: Decline | None = None) -> Response:
    """The conversation waits again with its age, and skips this COp."""
    asked = body or Decline()
    return call.once(asked, Effect(lambda _: _decline(call, offer_id, asked), lambda: _declined(call, offer_id)))


def _decline(call: Call, offer_id: str, body: Decline) -> Reply:
    reason = call.context.masker.mask(body.reason) if body.reason else None
    with hiding_others("offer", offer_id):
        ended = offers.decline(call.context, OfferId(offer_id), reason, call.caller.acting_as)
    return Reply(OfferReply.model_validate(ended))


def _declined(call: Call, offer_id: str) -> Reply | None:
    offer = _own(call, offer_id)
    return Reply(OfferReply.model_validate(offer)) if offer.state is OfferState.DECLINED else None


def _own(call: Call, offer_id: str) -> Offer:
    # Reached only after the same caller's step was refused for the offer's state, so it is known to be theirs.
    return reporting.offer(call.context, OfferId(offer_id))
