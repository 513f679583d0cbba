"""What would be done with a message? Nothing is stored."""

from api.dependencies import ServiceDep
from api.guard import guarded_router
from api.schemas.triage import TriageReply, TriageRequest
from routing.services.triage import triage_text

router = guarded_router("triage")


@router.post("/v1/triage", summary="Try a message")
def triage(body: TriageRequest, service: ServiceDep) -> TriageReply:
    """The issue type, how sure that is, and whether a person would be asked."""
    found = triage_text(service.context, service.classifier, body.text, body.market)
    return TriageReply.of(found, service.context.packs.current().taxonomy)
