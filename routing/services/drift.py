"""Looks, now and then, at whether the live model still reads and answers what it was judged on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from routing.domain.conversation import ConversationId
from routing.domain.drift import (
    DriftCheck,
    DriftReference,
    DriftRules,
    Measure,
    Measured,
    displacement,
    overrides,
    stability,
)
from routing.domain.errors import StaleState
from routing.domain.events import EventKind
from routing.domain.issue import Triage
from routing.domain.model import Model, ModelState
from routing.domain.review import ReviewItem, ReviewState
from routing.ports import Embedder
from routing.services.context import Context, Subject, record
from routing.services.held_out import material
from routing.services.triage import words_of

SERVICE = "pointsman"
PERIOD = timedelta(minutes=10)
MOST_TRIAGES = 5_000
MOST_TEXTS = 256
MOST_VERDICTS = 1_000
RULES = DriftRules()


def latest(context: Context) -> DriftCheck | None:
    """The newest check; None before the first."""
    with context.store.reading() as uow:
        return next(iter(uow.drift_checks.newest(1)), None)


def check_if_due(context: Context, embedder: Embedder) -> DriftCheck | None:
    """Check unless this model was checked within the last ten minutes, by whichever process."""
    now = context.clock.now()
    with context.store.reading() as uow:
        live = uow.models.id_in(ModelState.LIVE)
        newest = next(iter(uow.drift_checks.newest(1)), None)
    fresh = newest is not None and newest.model == live and newest.at > now - PERIOD
    return None if live is None or fresh else check(context, embedder)


def check(context: Context, embedder: Embedder) -> DriftCheck | None:
    """Measure the live model now, keep the result, and tell what has begun to drift; None where no model is live."""
    model = _live(context)
    if model is None or embedder.version != model.id:
        return None  # another one is being taken up; the next check is about that one
    reference = model.reference or _first_reference(context, embedder, model)
    now = context.clock.now()
    since = now - timedelta(hours=RULES.window_hours)
    with context.store.reading() as uow:
        triages = uow.triages.newest_by(model.id, since, MOST_TRIAGES)
        decided = uow.reviews.newest((ReviewState.DECIDED,), MOST_VERDICTS)
        before = next(iter(uow.drift_checks.newest(1)), None)
    verdicts = [item for item in decided if _counts(item, model, since)]
    inputs = displacement(reference.inputs, embedder.cloud(_texts(context, triages)), RULES)
    found = DriftCheck(model.id, now, (inputs, *_answers(reference, triages, verdicts, RULES)))
    _keep(context, found, before)
    return found


def _answers(
    reference: DriftReference,
    triages: Sequence[tuple[ConversationId, Triage]],
    verdicts: Sequence[ReviewItem],
    rules: DriftRules,
) -> tuple[Measure, ...]:
    novelty = [triage.novelty for _, triage in triages]
    confidence = [triage.confidence for _, triage in triages]
    overruled = sum(item.verdict is not None and item.verdict.issue_type != item.guess for item in verdicts)
    return (
        stability(Measured.NOVELTY, reference.novelty, novelty, rules),
        stability(Measured.CONFIDENCE, reference.confidence, confidence, rules),
        overrides(reference, overruled, len(verdicts), rules),
    )


def _counts(item: ReviewItem, model: Model, since: datetime) -> bool:
    """A blind check of an automatic decision is no review that the model asked for."""
    recent = item.verdict is not None and item.verdict.at >= since
    return recent and not item.blind and item.model_version == model.id and item.guess is not None


def _live(context: Context) -> Model | None:
    with context.store.reading() as uow:
        return next(iter(uow.models.in_state(ModelState.LIVE)), None)


def _first_reference(context: Context, embedder: Embedder, model: Model) -> DriftReference:
    """An adopted model has none: it is measured on today's held-out messages, and kept."""
    reference = embedder.reference([one.text for one in material(context).judged])
    try:
        with context.store.transaction() as uow:
            uow.models.save(replace(model, reference=reference))
            uow.commit()
    except StaleState:
        pass  # the model changed meanwhile; the next check measures again
    return reference


def _texts(context: Context, triages: Sequence[tuple[ConversationId, Triage]]) -> list[str]:
    """What the model read, of messages spread evenly over the window."""
    step = max(1, -(-len(triages) // MOST_TEXTS))
    chosen = triages[::step]
    with context.store.reading() as uow:
        messages = uow.conversations.messages_of(id for id, _ in chosen)
    texts = [words_of(context.masker, messages.get(id, []), triage.at) for id, triage in chosen]
    return [text for text in texts if text.strip()]


def _keep(context: Context, found: DriftCheck, before: DriftCheck | None) -> None:
    known = set(before.alarms) if before is not None and before.model == found.model else set()
    with context.store.transaction() as uow:
        uow.drift_checks.add(found)
        for measure in found.measures:
            if measure.alarm and measure.name not in known:
                data = {"version": found.model, "measure": str(measure.name), "detail": measure.detail}
                record(uow, EventKind.MODEL_DRIFTED, found.at, SERVICE, Subject(), **data)
        uow.commit()
