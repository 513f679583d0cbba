"""Further steps in the disambiguation queue: asking a lead."""

from fastapi.responses import Response

from api.dependencies import CallDep
from api.guard import guarded_router
from api.rest.places import PathId
from api.rest.reviews import shown
from api.schemas.reviews import EscalationRequest, ReviewReply
from routing.domain.review import ReviewId
from routing.services import escalating

router = guarded_router("reviews")


@router.post("/v1/reviews/{review_id}/escalate", response_model=ReviewReply, summary="Ask a lead")
def escalate(review_id: PathId, body: EscalationRequest, call: CallDep) -> Response:
    """It goes ahead of the others, with the note; its deadline stays."""
    id, by = ReviewId(review_id), call.caller.name
    return call.at_once(
        body, lambda context, _: shown(context, escalating.escalate(context, id, by, body.note, body.to))
    )
