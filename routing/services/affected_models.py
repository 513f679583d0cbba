"""Which models know of somebody who is erased."""

from collections.abc import Sequence

from routing.domain.conversation import ConversationId
from routing.domain.erasure import AffectedModel
from routing.domain.model import Model
from routing.ports import UnitOfWork


def affected(uow: UnitOfWork, ids: Sequence[ConversationId]) -> tuple[AffectedModel, ...]:
    """Models that were taught any of their labels, and those of which nobody knows what they were taught."""
    labels = list(uow.belongings.labels_of(ids))
    if not labels:
        return ()
    taught = uow.lessons.taught(labels)
    told = ((model, taught.get(model.id), uow.lessons.digest_of(model.id)) for model in uow.models.all())
    return tuple(_model(model, count) for model, count, digest in told if count or digest is None)


def joined(before: Sequence[AffectedModel], now: Sequence[AffectedModel]) -> tuple[AffectedModel, ...]:
    """What an attempt that was broken off found stays in the receipt."""
    known = {model.version for model in before}
    return (*before, *(model for model in now if model.version not in known))


def _model(model: Model, labels: int | None) -> AffectedModel:
    return AffectedModel(model.id, str(model.state), labels)
