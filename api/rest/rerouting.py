"""What managers do with a conversation, and what is told of the queue beside its items."""

from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from api.dependencies import CallDep, CallerDep, ServiceDep
from api.guard import guarded_router
from api.idempotency import Reply
from api.rest.places import PathId
from api.rest.reviews import shown
from api.schemas.conversations import ConversationReply
from api.schemas.rerouting import AttributionReply, QualityReply, RerouteRequest, SendBackRequest
from api.schemas.reviews import ReviewReply
from routing.domain.conversation import ConversationId
from routing.domain.review import ReviewId
from routing.services import rerouting, review_quality, review_views
from routing.services.attributing import Attributions
from routing.services.context import Context

router = guarded_router("reviews")


@router.post(
    "/v1/conversations/{conversation_id}/reroute",
    response_model=ConversationReply,
    summary="Match it by another issue type",
)
def reroute(conversation_id: PathId, body: RerouteRequest, call: CallDep) -> Response:
    """An offer is taken back, open questions end, and it teaches; work that has begun is transferred instead."""
    id, by = ConversationId(conversation_id), call.caller.name
    return call.at_once(body, lambda context, _: _rerouted(context, id, body, by))


def _rerouted(context: Context, id: ConversationId, body: RerouteRequest, by: str) -> Reply:
    moved = rerouting.reroute(context, id, body.issue_type, by, body.note)
    return Reply(ConversationReply.model_validate(moved))


@router.post(
    "/v1/conversations/{conversation_id}/send-back",
    response_model=ReviewReply,
    summary="Ask people again what it is",
)
def send_back(conversation_id: PathId, body: SendBackRequest, call: CallDep) -> Response:
    """Past the review's deadline it goes on as it is routed now."""
    id, by = ConversationId(conversation_id), call.caller.name
    return call.at_once(body, lambda context, _: shown(context, rerouting.send_back(context, id, by, body.note)))


@router.get("/v1/reviews/{review_id}/attribution", summary="Which words make it unsure?")
def attribution(review_id: PathId, service: ServiceDep) -> AttributionReply:
    """By leaving each word out; worked out on demand, within a quarter of a second or so."""
    item = review_views.review_item(service.context, ReviewId(review_id))
    view = review_views.review(service.context, item)
    return AttributionReply.of(Attributions(service.classifier).of(service.context, view))


@router.get("/v1/verdicts/quality", summary="How do people decide?")
def quality(service: ServiceDep, caller: CallerDep, days: Annotated[int, Query(ge=1, le=366)] = 30) -> QualityReply:
    """Agreement with the model in sight and blind, time, and haste."""
    return QualityReply.of(days, review_quality.report(service.context, days, caller.markets).altogether)
