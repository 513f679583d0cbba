"""The floor, for those who run it."""

from api.dependencies import CallerDep, ServiceDep
from api.guard import guarded_router
from api.schemas.floor import FloorReply
from routing.services import floor_views

router = guarded_router("floor")


@router.get("/v1/floor", summary="Show the floor")
def floor(service: ServiceDep, caller: CallerDep) -> FloorReply:
    """Who waits and for how long, who is there, and how the matching fares."""
    return FloorReply.of(floor_views.floor(service.context, caller.markets))
