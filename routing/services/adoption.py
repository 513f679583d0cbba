"""An installation that has only its models' folders becomes one with a registry."""

import logging

from routing.domain.errors import StaleState, Unavailable
from routing.domain.events import EventKind
from routing.domain.model import Description, Model, ModelId, ModelState, Pointer
from routing.ports import ModelFiles
from routing.services.context import Context, Subject, record

ADOPTION = "adoption"
log = logging.getLogger(__name__)


def adopt(context: Context, files: ModelFiles) -> int:
    """Take the folders into an empty registry; returns how many.

    The one that the pointer names becomes live, even where it is damaged (it was live, and `/readyz` says what is
    wrong); the others become retired, so that a rollback finds them. Without a pointer nothing is adopted.
    """
    with context.store.reading() as uow:
        if uow.models.all():
            return 0
    pointer = _pointer(files)
    if pointer is None:
        return 0
    models = [model for version in files.versions() if (model := _adopted(context, files, version, pointer))]
    if not any(model.state is ModelState.LIVE for model in models):
        models.append(_model(context, pointer.version, pointer, Description("")))
    return _add(context, models)


def _pointer(files: ModelFiles) -> Pointer | None:
    try:
        return files.pointer()
    except Unavailable as error:
        log.error("no model is adopted: %s", error)
        return None


def _adopted(context: Context, files: ModelFiles, version: str, pointer: Pointer) -> Model | None:
    try:
        return _model(context, version, pointer, files.describe(version))
    except Unavailable as error:
        log.warning("model %s is not adopted: %s", version, error)
        return None


def _model(context: Context, version: str, pointer: Pointer, about: Description) -> Model:
    now = context.clock.now()
    live = version == pointer.version
    return Model(
        id=ModelId(version),
        state=ModelState.LIVE if live else ModelState.RETIRED,
        registered_at=now,
        registered_by=ADOPTION,
        changed_at=now,
        changed_by=ADOPTION,
        digest=about.digest,
        facts=about.facts,
        thresholds=about.thresholds,
        reports=about.reports,
        previous=ModelId(pointer.previous) if live and pointer.previous else None,
    )


def _add(context: Context, models: list[Model]) -> int:
    try:
        with context.store.transaction() as uow:
            for model in models:
                uow.models.add(model)
                data = {"version": model.id, "digest": model.digest, "state": str(model.state)}
                record(uow, EventKind.MODEL_REGISTERED, model.registered_at, ADOPTION, Subject(), **data)
            uow.commit()
    except StaleState:
        return 0  # another process that started at the same time adopted them
    return len(models)
