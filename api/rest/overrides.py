"""What managers change for a while: begun, listed, undone."""

from fastapi.responses import Response

from api.dependencies import CallDep, CallerDep, ServiceDep
from api.guard import guarded_router
from api.idempotency import Reply
from api.identity import Caller
from api.rest.places import PathId
from api.schemas.overrides import OverrideList, OverrideReply, OverrideRequest
from routing.domain.override import OverrideId
from routing.services import overrides
from routing.services.context import Context
from routing.services.overrides import Wish

router = guarded_router("overrides")


@router.get("/v1/overrides", summary="List what is changed for now")
def in_force(service: ServiceDep, caller: CallerDep) -> OverrideList:
    """Those that change something at this moment."""
    found = overrides.in_force(service.context, caller.markets)
    return OverrideList(items=[OverrideReply.model_validate(each) for each in found])


@router.post("/v1/overrides", response_model=OverrideReply, status_code=201, summary="Change something for a while")
def begin(body: OverrideRequest, call: CallDep) -> Response:
    """In force from now on: triage and matching go by it from their next round."""
    return call.at_once(body, lambda context, _: _begin(context, call.caller, body))


def _begin(context: Context, caller: Caller, body: OverrideRequest) -> Reply:
    begun = overrides.begin(context, Wish(**body.model_dump()), caller.name, caller.markets)
    return Reply(OverrideReply.model_validate(begun), 201)


@router.post("/v1/overrides/{override_id}/undo", response_model=OverrideReply, summary="Undo it")
def undo(override_id: PathId, call: CallDep) -> Response:
    """Everything as the pack says again."""
    return call.at_once(None, lambda context, _: _undo(context, call.caller, OverrideId(override_id)))


def _undo(context: Context, caller: Caller, id: OverrideId) -> Reply:
    ended = overrides.undo(context, id, caller.name, caller.markets)
    return Reply(OverrideReply.model_validate(ended))
