"""Further steps in the disambiguation queue: asking a lead."""

from fastapi.responses import Response

from api.dependencies import Call, CallDep
from api.guard import guarded_router
from api.idempotency import Effect, Reply
from api.rest.places import PathId
from api.schemas.reviews import EscalationRequest, ReviewReply
from routing.domain.review import ReviewId
from routing.services import escalating, review_views

router = guarded_router("reviews")


@router.post("/v1/reviews/{review_id}/escalate", response_model=ReviewReply, summary="Ask a lead")
def escalate(review_id: PathId, body: EscalationRequest, call: CallDep) -> Response:
    """It goes ahead of the others, with the note; its deadline stays."""
    return call.once(body, Effect(lambda _: _escalate(call, ReviewId(review_id), body)))


def _escalate(call: Call, id: ReviewId, body: EscalationRequest) -> Reply:
    item = escalating.escalate(call.context, id, call.caller.name, body.note, body.to)
    view = review_views.review(call.context, item)
    return Reply(ReviewReply.of(view, call.context.packs.current().taxonomy))
