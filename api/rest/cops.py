"""COps: who is there, and what each holds."""

from fastapi.responses import Response

from api.dependencies import Call, CallDep, CallerDep, ServiceDep
from api.guard import guarded_router
from api.idempotency import Reply, Stamp
from api.pages import Cursor, Limit, read_cursor, slice_of
from api.rest.places import PathId, require_own_desk
from api.schemas.base import Page
from api.schemas.cops import CopReply, PresenceRequest, StatusReply
from api.schemas.work import AssignmentList, AssignmentReply, OfferList, OfferReply
from routing.domain.cop import CopId
from routing.services import floor_views, reporting
from routing.services.boundary import seen
from routing.services.context import Context
from routing.services.presence import PresenceChange, set_presence

KIND = "cops"
router = guarded_router("cops")


@router.get("/v1/cops", summary="List COps")
def cops(service: ServiceDep, caller: CallerDep, cursor: Cursor = None, limit: Limit = 50) -> Page[CopReply]:
    """Everybody on the roster by id, with how they stand now."""
    after = read_cursor(KIND, cursor) or ""
    known = (view for view in floor_views.cops(service.context) if seen(view.cop, caller.markets))
    views = sorted((view for view in known if view.cop.id > after), key=lambda view: view.cop.id)
    page = slice_of(KIND, views, limit, lambda view: view.cop.id)
    return Page[CopReply](items=[CopReply.of(view) for view in page.items], next_cursor=page.next_cursor)


@router.put("/v1/cops/{cop_id}/presence", response_model=StatusReply, summary="Say whether a COp is there")
def presence(cop_id: PathId, body: PresenceRequest, call: CallDep) -> Response:
    """`away` and `offline` give pending offers back at once; assignments stay."""
    require_own_desk(call.caller, cop_id)
    return call.at_once(body, lambda context, stamp: _presence(context, _change(call, cop_id, body, stamp)))


def _change(call: Call, cop_id: str, body: PresenceRequest, stamp: Stamp) -> PresenceChange:
    return PresenceChange(CopId(cop_id), body.presence, call.caller.name, stamp.event_id)


def _presence(context: Context, change: PresenceChange) -> Reply:
    return Reply(StatusReply.of(set_presence(context, change)))


@router.get("/v1/cops/{cop_id}/offers", summary="What a COp has to answer")
def offers(cop_id: PathId, service: ServiceDep, caller: CallerDep) -> OfferList:
    """The pending offers; each says until when it holds."""
    require_own_desk(caller, cop_id)
    found = reporting.pending_offers(service.context, CopId(cop_id), caller.markets)
    return OfferList(items=[OfferReply.model_validate(offer) for offer in found])


@router.get("/v1/cops/{cop_id}/assignments", summary="What a COp works on")
def assignments(cop_id: PathId, service: ServiceDep, caller: CallerDep) -> AssignmentList:
    """The active assignments."""
    require_own_desk(caller, cop_id)
    found = reporting.active_assignments(service.context, CopId(cop_id), caller.markets)
    return AssignmentList(items=[AssignmentReply.model_validate(assignment) for assignment in found])
