"""Conversations: taken in, listed, shown and explained."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from api.dependencies import Call, CallDep, CallerDep, ServiceDep
from api.gathering import Kind
from api.guard import guarded_router
from api.idempotency import Reply, Stamp
from api.pages import read_cursor, slice_of
from api.rest.places import PathId, require_sight
from api.schemas.base import Page
from api.schemas.conversations import (
    ConversationDetail,
    ConversationQuery,
    ConversationReply,
    ExplanationReply,
    NewConversation,
    NewMessage,
    Received,
)
from routing.domain.conversation import ConversationId
from routing.services import intake, reporting
from routing.services.alerts import dismiss_alerts as dismiss_alerts_of
from routing.services.boundary import require_market
from routing.services.context import Context

SOURCE = "api"
KIND = "conversations"
router = guarded_router("conversations")


@router.post("/v1/conversations", status_code=201, response_model=Received, summary="Take in a first message")
def begin(body: NewConversation, call: CallDep) -> Response:
    """Stored at once; triage and matching follow. The text's personal data is masked before it is stored."""
    require_market(call.context.packs.current(), body.market, call.caller.markets)
    return call.together(body, BEGUN, lambda context, stamp: _first_message(context, call, body, stamp))


def _first_message(context: Context, call: Call, body: NewConversation, stamp: Stamp) -> intake.Asked:
    incoming = intake.IncomingMessage(
        event_id=stamp.event_id,
        source=SOURCE,
        text=body.text,
        market=body.market,
        channel=body.channel,
        conversation_id=body.id or stamp.new_id,
        customer_id=body.customer_id,
        within=call.caller.markets,
    )
    return intake.read(context, incoming)


def _begun(context: Context, asked: Sequence[intake.Asked]) -> list[Reply]:
    return [_received(receipt.conversation_id, 201) for receipt in intake.take_in(context, asked)]


BEGUN = Kind(lambda context, asked: _begun(context, [asked])[0], _begun)


@router.get("/v1/conversations", summary="List conversations, newest first")
def conversations(
    service: ServiceDep, caller: CallerDep, asked: Annotated[ConversationQuery, Query()]
) -> Page[ConversationReply]:
    """Those that match every filter; `state` may be repeated."""
    before = read_cursor(KIND, asked.cursor)
    found = reporting.conversations(service.context, asked.wanted(caller.markets), before, asked.limit + 1)
    page = slice_of(KIND, found, asked.limit, lambda conversation: conversation.id)
    items = [ConversationReply.model_validate(conversation) for conversation in page.items]
    return Page[ConversationReply](items=items, next_cursor=page.next_cursor)


@router.get("/v1/conversations/{conversation_id}", summary="Show one conversation")
def conversation(conversation_id: PathId, service: ServiceDep, caller: CallerDep) -> ConversationDetail:
    """With its messages, its newest triage and its live offer or assignment."""
    view = reporting.conversation(service.context, ConversationId(conversation_id))
    require_sight(caller, view.conversation, view.offer)
    return ConversationDetail.of(view, service.context.packs.current().taxonomy)


@router.post(
    "/v1/conversations/{conversation_id}/messages",
    status_code=201,
    response_model=Received,
    summary="Take in a further message",
)
def add_message(conversation_id: PathId, body: NewMessage, call: CallDep) -> Response:
    """Understood anew while the conversation waits; reopens one that has ended."""
    return call.at_once(body, lambda context, stamp: _add_message(context, conversation_id, body, stamp))


def _add_message(context: Context, conversation_id: str, body: NewMessage, stamp: Stamp) -> Reply:
    id = ConversationId(conversation_id)
    return _received(intake.add_message(context, id, body.text, stamp.event_id, SOURCE).conversation_id, 201)


@router.post(
    "/v1/conversations/{conversation_id}/abandon", response_model=ConversationReply, summary="The customer left"
)
def abandon(conversation_id: PathId, call: CallDep) -> Response:
    """Nobody is offered the conversation any more; a pending offer is taken back."""
    return call.at_once(None, lambda context, stamp: _abandon(context, conversation_id, stamp))


def _abandon(context: Context, conversation_id: str, stamp: Stamp) -> Reply:
    ended = intake.abandon(context, ConversationId(conversation_id), stamp.event_id, SOURCE)
    return Reply(ConversationReply.model_validate(ended))


@router.get("/v1/conversations/{conversation_id}/explanation", summary="Why this issue type, why this COp?")
def explanation(conversation_id: PathId, service: ServiceDep, caller: CallerDep) -> ExplanationReply:
    """The triage with its reasons, the matcher's cost terms and runner-up, and the whole history."""
    account = reporting.explanation(service.context, ConversationId(conversation_id))
    require_sight(caller, account.conversation, account.offer)
    return ExplanationReply.of(account, service.context.packs.current().taxonomy)


@router.post(
    "/v1/conversations/{conversation_id}/alerts/dismiss",
    response_model=ConversationReply,
    summary="A person says that nothing is the matter",
)
def dismiss_alerts(conversation_id: PathId, call: CallDep) -> Response:
    """Takes the alerts off; nothing else does: no verdict, no further message, no lapse and no other model."""
    return call.at_once(None, lambda context, _: _dismiss(context, call, conversation_id))


def _dismiss(context: Context, call: Call, conversation_id: str) -> Reply:
    calm = dismiss_alerts_of(context, ConversationId(conversation_id), call.caller.name)
    return Reply(ConversationReply.model_validate(calm))


def _received(conversation_id: str, status: int) -> Reply:
    body = Received.of(conversation_id)
    return Reply(body, status, body.href)
