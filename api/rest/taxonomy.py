"""The live taxonomy."""

from api.dependencies import ServiceDep
from api.guard import guarded_router
from api.schemas.taxonomy import TaxonomyReply

router = guarded_router("taxonomy")


@router.get("/v1/taxonomy", summary="Show issue types, families and markets")
def taxonomy(service: ServiceDep) -> TaxonomyReply:
    """What the service knows how to route; `version` changes with the pack."""
    return TaxonomyReply.of(service.context.packs.current())
