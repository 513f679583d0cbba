"""Models: which there are, which one is live, and the steps between."""

from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response

from api.dependencies import Call, CallDep, ServiceDep
from api.guard import PROBLEMS, guarded_router
from api.idempotency import Reply
from api.rest.places import PathId
from api.schemas.models import (
    DriftReply,
    ModelDetailReply,
    ModelReply,
    ModelsReply,
    PromotionReply,
    PromotionRequest,
    RollbackRequest,
    ShadowReply,
)
from routing.domain.errors import NotFound
from routing.services import drift, models, shadow

router = guarded_router("models")
NO_SHADOW: dict[int | str, dict[str, Any]] = {409: {**PROBLEMS[422], "description": "no model is a shadow"}}


@router.get("/v1/models", summary="List the models")
def list_models(service: ServiceDep) -> ModelsReply:
    """Every registered model, newest first; at most one of them is live, and at most one a shadow."""
    return ModelsReply(items=[ModelReply.of(model) for model in models.listed(service.context)])


@router.get("/v1/models/drift", summary="Show whether the live model has drifted")
def show_drift(service: ServiceDep) -> DriftReply:
    """The newest check; `checked_at` is null before the first."""
    return DriftReply.of(drift.latest(service.context))


@router.get("/v1/models/shadow", responses=NO_SHADOW, summary="Show what the shadow would change")
def show_shadow(
    service: ServiceDep,
    model: Annotated[str | None, Query(max_length=64, description="one that was a shadow; unset: the one now")] = None,
    most: Annotated[int, Query(ge=1, le=1_000, description="differences of each kind")] = 20,
) -> ShadowReply:
    """Agreement, where the two differ by issue type and decision, and some of those conversations."""
    return ShadowReply.model_validate(shadow.report(service.context, model, most))


@router.get("/v1/models/{version}", summary="Show a model")
def show(version: PathId, service: ServiceDep) -> ModelDetailReply:
    """What training found, its thresholds, the hashes of its files, and its history."""
    model = models.found(service.context, version)
    if model.id != version:
        raise NotFound("model", version)
    changed = models.changed_files(service.models, model)
    return ModelDetailReply.of_all(model, changed, models.history(service.context, model.id))


@router.post("/v1/models/rollback", response_model=ModelReply, summary="Make the model before live again")
def rollback(body: RollbackRequest, call: CallDep) -> Response:
    """Running services take it up with their next message. Sent again with its key it goes back one step only."""
    authority = models.Authority(call.caller.name, body.reason)

    def deed(_: object, __: object) -> Reply:
        return Reply(ModelReply.of(models.rollback(call.context, call.service.models, authority, body.leaving)))

    return call.step_by_step(body, deed)


@router.post("/v1/models/{version}/promote", response_model=PromotionReply, summary="Make a model live")
def promote(version: PathId, body: PromotionRequest, call: CallDep) -> Response:
    """Only if no slice of held-out messages is worse beyond chance, or with `force` and a reason, which is kept."""
    return call.step_by_step(body, lambda _, __: _promoted(call, version, body))


def _promoted(call: Call, version: str, body: PromotionRequest) -> Reply:
    authority = models.Authority(call.caller.name, body.reason, body.force)
    return Reply(PromotionReply.of(models.promote(call.context, call.service.models, version, authority)))
