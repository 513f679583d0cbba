"""What would be done with a message? Nothing is stored."""

from api.dependencies import CallerDep, ServiceDep
from api.guard import guarded_router
from api.schemas.triage import TriageReply, TriageRequest
from routing.services.boundary import require_market
from routing.services.triage import triage_text

router = guarded_router("triage")


@router.post("/v1/triage", summary="Try a message")
def triage(body: TriageRequest, service: ServiceDep, caller: CallerDep) -> TriageReply:
    """The issue type, how sure that is, and whether a person would be asked."""
    if body.market is not None:
        require_market(service.context.packs.current(), body.market, caller.markets)
    found = triage_text(service.context, service.classifier, body.text, body.market)
    return TriageReply.of(found, service.context.packs.current().taxonomy)
