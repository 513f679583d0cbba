"""Offers: accepted or declined by the COp they were made to."""

from collections.abc import Sequence

from fastapi.responses import Response

from api.dependencies import Call, CallDep
from api.gathering import Kind
from api.guard import guarded_router
from api.idempotency import Reply
from api.rest.places import PathId, hiding_others
from api.schemas.work import AssignmentReply, Decline, OfferReply
from routing.domain.offer import OfferId
from routing.services import offers, tracing
from routing.services.context import Context

router = guarded_router("offers")


@router.post("/v1/offers/{offer_id}/accept", response_model=AssignmentReply, summary="Take the conversation")
def accept(offer_id: PathId, call: CallDep) -> Response:
    """The reply is the assignment that begins. Refused from `expires_at` on."""
    acceptance = offers.Acceptance(OfferId(offer_id), call.caller.acting_as, tracing.current())
    return call.together(None, ACCEPTED, lambda _context, _stamp: acceptance)


def _accept(context: Context, asked: offers.Acceptance) -> Reply:
    with hiding_others("offer", asked.offer_id):
        assignment = offers.accept(context, asked.offer_id, asked.by)
    return Reply(AssignmentReply.model_validate(assignment))


def _accept_all(context: Context, asked: Sequence[offers.Acceptance]) -> list[Reply | None]:
    begun = offers.accept_all(context, asked)
    return [None if each is None else Reply(AssignmentReply.model_validate(each)) for each in begun]


ACCEPTED = Kind(_accept, _accept_all)


@router.post("/v1/offers/{offer_id}/decline", response_model=OfferReply, summary="Do not take it")
def decline(offer_id: PathId, call: CallDep, body: Decline | None = None) -> Response:
    """The conversation waits again with its age, and skips this COp."""
    asked = body or Decline()
    return call.at_once(asked, lambda context, _: _decline(context, call, offer_id, asked))


def _decline(context: Context, call: Call, offer_id: str, body: Decline) -> Reply:
    with hiding_others("offer", offer_id):
        ended = offers.decline(context, OfferId(offer_id), body.reason, call.caller.acting_as)
    return Reply(OfferReply.model_validate(ended))
