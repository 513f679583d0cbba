"""Erasing customers and holding them; admins with every market only."""

from dataclasses import replace
from typing import Any

from fastapi.responses import Response

from api.dependencies import Call, CallDep, ServiceDep
from api.guard import PROBLEMS, guarded_router
from api.idempotency import Reply
from api.rest.places import PathId
from api.schemas.erasure import ErasureReply, ErasureRequest, HoldReply, HoldRequest, HoldsReply, PreviewReply
from routing.services import erasure, holds
from routing.services.context import Context

router = guarded_router("erasure")
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {**PROBLEMS[422], "description": "no conversation has that id"}}


@router.get("/v1/customers/{customer_id}/erasure", summary="What would erasing a customer take away?")
def preview(customer_id: PathId, service: ServiceDep) -> PreviewReply:
    """Counts, models that know of them, conversations that have not ended, holds, and earlier receipts."""
    return PreviewReply.of(erasure.preview(service.context, service.erasing, customer_id))


@router.post("/v1/customers/{customer_id}/erasure", response_model=ErasureReply, summary="Erase a customer")
def erase(customer_id: PathId, body: ErasureRequest, call: CallDep) -> Response:
    """Everything stored of them goes; the receipt says what, and what lingers where until when.

    Asked again it goes on where it was broken off, or finds nothing more and names the first receipt.
    """
    return _keyed(call).step_by_step(body, lambda _, __: _erase(call, customer_id, body))


def _keyed(call: Call) -> Call:
    """The key's scope without a digest of the path that could be guessed: the path names the customer."""
    scope = call.service.erasing.pseudonyms.of(call.asked.scope).digest
    return replace(call, asked=replace(call.asked, scope=f"api:{scope}"))


def _erase(call: Call, customer_id: str, body: ErasureRequest) -> Reply:
    asked = erasure.Request(customer_id, call.caller.name, body.reason)
    return Reply(ErasureReply.of(erasure.erase(call.context, call.service.erasing, asked)))


@router.get("/v1/erasures/{erasure_id}", summary="Show the receipt of an erasure")
def receipt(erasure_id: PathId, service: ServiceDep) -> ErasureReply:
    """As it was written; `pointsman erasures` says whether it is still as it was sealed."""
    return ErasureReply.of(erasure.receipt(service.context, erasure_id))


@router.get("/v1/holds", summary="List the holds in force")
def list_holds(service: ServiceDep) -> HoldsReply:
    """Customers and conversations that are neither erased nor purged."""
    return HoldsReply.of(holds.in_force(service.context))


@router.post("/v1/holds", response_model=HoldReply, responses=UNKNOWN, summary="Hold a customer or a conversation")
def set_hold(body: HoldRequest, call: CallDep) -> Response:
    """Sent again while it is in force it is the same hold."""
    return call.at_once(body, lambda context, _: _set(context, call, body))


def _set(context: Context, call: Call, body: HoldRequest) -> Reply:
    made = holds.set_hold(context, call.caller.name, body.reason, body.customer_id, body.conversation_id)
    return Reply(HoldReply.model_validate(made))


@router.post("/v1/holds/{hold_id}/lift", response_model=HoldReply, summary="Lift a hold")
def lift_hold(hold_id: PathId, call: CallDep) -> Response:
    """From now on what it covered can be erased, and is purged when its time has come."""
    return call.at_once(None, lambda context, _: _lift(context, call, hold_id))


def _lift(context: Context, call: Call, hold_id: str) -> Reply:
    return Reply(HoldReply.model_validate(holds.lift_hold(context, hold_id, call.caller.name)))
