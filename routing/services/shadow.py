"""A model that answers beside the live one: what it would have done is kept, and changes nothing."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from routing.domain.errors import Refused
from routing.domain.events import EventKind
from routing.domain.issue import Taxonomy, Triage
from routing.domain.model import Model, ModelId, ModelState
from routing.domain.needs import route_most_urgent
from routing.domain.review import gate
from routing.domain.shadow import NOT_LOADED, SKIPPED, Differences, ShadowTriage, differences
from routing.ports import Classifier, ModelFiles, Utterance
from routing.services.context import Context, Subject, record, retrying

MOST_COMPARED = 20_000
MOST_LISTED = 20
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """What the live model was asked and what it answered, in one order."""

    utterances: tuple[Utterance, ...]
    triages: tuple[Triage, ...]


class Backlog(Protocol):
    """Batches that the live model answered and the shadow has not."""

    def listen(self, wanted: bool) -> None:
        """Whether batches are to be kept at all."""
        ...

    def take(self) -> Batch | None: ...
    def take_skipped(self) -> list[Batch]:
        """Those that found no room; their words are gone."""
        ...


def start(context: Context, files: ModelFiles, version: str, by: str) -> Model:
    """Let a model answer beside the live one, in place of any other that did; Unavailable when it does not load."""
    files.open(version)

    def step() -> Model:
        now = context.clock.now()
        with context.store.transaction() as uow:
            for other in uow.models.in_state(ModelState.SHADOW):
                if other.id == version:
                    return other
                uow.models.save(other.unshadow(now, by))
                record(uow, EventKind.MODEL_UNSHADOWED, now, by, Subject(), version=other.id)
            model = uow.models.save(uow.models.get(ModelId(version)).shadow(now, by))
            record(uow, EventKind.MODEL_SHADOWED, now, by, Subject(), version=version)
            uow.commit()
        return model

    return retrying(step)


def stop(context: Context, by: str) -> Model:
    """The shadow waits again; Refused where there is none."""

    def step() -> Model:
        now = context.clock.now()
        with context.store.transaction() as uow:
            shadow = next(iter(uow.models.in_state(ModelState.SHADOW)), None)
            if shadow is None:
                raise Refused("no model is a shadow; `pointsman models shadow VERSION` makes one")
            model = uow.models.save(shadow.unshadow(now, by))
            record(uow, EventKind.MODEL_UNSHADOWED, now, by, Subject(), version=model.id)
            uow.commit()
        return model

    return retrying(step)


def report(
    context: Context, version: str | None = None, most: int = MOST_LISTED, rows: int = MOST_COMPARED
) -> Differences:
    """What a shadow (the current one unless named) would change, over its newest `rows` messages."""
    with context.store.reading() as uow:
        model = ModelId(version) if version else uow.models.id_in(ModelState.SHADOW)
        if model is None:
            raise Refused("no model is a shadow; name the version of one that was")
        return differences(model, uow.shadow_triages.newest(model, rows), most)


def answer(context: Context, shadow: Classifier, backlog: Backlog) -> bool:
    """Let the shadow answer one batch, if there is a shadow and a batch; True when there may be more.

    Whatever goes wrong with the shadow ends here: it is counted as the messages' failure and logged.
    """
    with context.store.reading() as uow:
        model = uow.models.id_in(ModelState.SHADOW)
    backlog.listen(model is not None)
    skipped, batch = backlog.take_skipped(), backlog.take()
    if model is None or (batch is None and not skipped):
        return False
    taxonomy = context.packs.current().taxonomy
    rows = [row for missed in skipped for row in _failed(model, missed, SKIPPED)]
    if batch is not None:
        rows += _answered(context, shadow, model, batch, taxonomy)
    with context.store.transaction() as uow:
        uow.shadow_triages.add_all(rows)
        uow.commit()
    return batch is not None


def _answered(
    context: Context, shadow: Classifier, model: ModelId, batch: Batch, taxonomy: Taxonomy
) -> list[ShadowTriage]:
    try:
        theirs = shadow.classify(batch.utterances, taxonomy, batch.triages[0].at)
        if any(triage.model_version != model for triage in theirs):
            return _failed(model, batch, NOT_LOADED)
    except Exception as error:
        # Its own text may quote the customer, so only its kind is told.
        log.error("the shadow %s failed on %d messages: %s", model, len(batch.triages), type(error).__name__)
        return _failed(model, batch, type(error).__name__)
    urgent = context.policy.urgent_probability

    def settled(triage: Triage) -> Triage:
        return gate(route_most_urgent(triage, taxonomy), taxonomy, urgent)

    pairs = zip(batch.utterances, batch.triages, theirs, strict=True)
    return [
        _row(model, str(utterance.conversation_id), settled(live), settled(other)) for utterance, live, other in pairs
    ]


def _failed(model: ModelId, batch: Batch, why: str) -> list[ShadowTriage]:
    pairs = zip(batch.utterances, batch.triages, strict=True)
    return [_row(model, str(utterance.conversation_id), live, None, why) for utterance, live in pairs]


def _row(
    model: ModelId, conversation_id: str, live: Triage, other: Triage | None, failure: str | None = None
) -> ShadowTriage:
    return ShadowTriage(
        conversation_id=conversation_id,
        at=live.at,
        model=model,
        live_model=live.model_version,
        live_issue_type=live.issue_type,
        live_decision=live.decision,
        live_confidence=live.confidence,
        issue_type=other.issue_type if other else None,
        decision=other.decision if other else None,
        confidence=other.confidence if other else None,
        failure=failure,
    )


def shadowed(utterances: Sequence[Utterance], triages: Sequence[Triage]) -> Batch | None:
    """The stored conversations of a batch; None where it has none (somebody only tried a message)."""
    pairs = [pair for pair in zip(utterances, triages, strict=True) if pair[0].conversation_id is not None]
    if not pairs:
        return None
    asked, answers = zip(*pairs, strict=True)
    return Batch(asked, answers)
