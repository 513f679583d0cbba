"""Verdicts teach: retraining from the pack and the labels people gave, swapped in only when no worse."""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from routing.domain.errors import Unavailable
from routing.domain.events import EventKind
from routing.domain.label import Label
from routing.domain.pack import LabelledMessage, Pack
from routing.ports import Lesson, Models
from routing.services.context import Context, Subject, record

TRAINER = "trainer"
HELD_OUT_ONE_IN = 10

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Retraining:
    """What a retraining used and found. `accuracy_before` is None when there was no live model, or none that loads."""

    version: str
    previous: str | None
    examples: int
    labels: int
    held_out: int
    accuracy: float
    accuracy_before: float | None
    swapped: bool


def retrain(
    context: Context, models: Models, extra: Iterable[LabelledMessage] = (), seed: int = 0, feedback: bool = True
) -> Retraining:
    """Train on the pack, `extra` messages and (with feedback) every label; live if it is no worse on held-out data.

    Held out are the pack's own held-out messages and a fixed tenth of the labels and extra messages, chosen by their
    text, so that the same message is held out every time and never taught.
    """
    pack = context.packs.current()
    taught, judged, outside, labels = _split(pack, extra, _labels(context) if feedback else [])
    previous = models.live_version()
    version = models.fit(Lesson(taught, outside, seed))
    accuracy = models.accuracy(version, judged)
    before = _accuracy_of(models, previous, judged)
    no_worse = before is None or (bool(judged) and accuracy >= before)
    swapped = version != previous and no_worse
    if swapped:
        _swap(context, models, version, previous, (accuracy, before))
    return Retraining(version, previous, len(taught), labels, len(judged), accuracy, before, swapped)


def _accuracy_of(models: Models, previous: str | None, judged: Sequence[LabelledMessage]) -> float | None:
    if previous is None:
        return None
    try:
        return models.accuracy(previous, judged)
    except Unavailable as error:
        # Damaged, or of an older version of the service: it can serve nobody, so whatever loads is no worse.
        log.warning("the model before is not compared with: %s", error)
        return None


def is_held_out(text: str) -> bool:
    """Whether a labelled message belongs to the tenth that is never taught; the same answer every time."""
    digest = hashlib.sha256(" ".join(text.casefold().split()).encode()).digest()
    return digest[0] % HELD_OUT_ONE_IN == 0


def _labels(context: Context) -> list[Label]:
    with context.store.reading() as uow:
        return uow.labels.all()


def _split(
    pack: Pack, extra: Iterable[LabelledMessage], labels: list[Label]
) -> tuple[tuple[LabelledMessage, ...], tuple[LabelledMessage, ...], tuple[str, ...], int]:
    known = [(label.text, label.issue_type) for label in labels if label.issue_type in pack.taxonomy.keys]
    given = [*((text, key) for text, key in known if key is not None), *extra]
    judged = dict.fromkeys([*pack.held_out_examples, *(pair for pair in given if is_held_out(pair[0]))])
    shown = {text.casefold() for text, _ in judged}
    taught = dict.fromkeys(pair for pair in (*pack.training_examples, *given) if pair[0].casefold() not in shown)
    outside = (*pack.outside_calibration, *(label.text for label in labels if label.issue_type is None))
    return tuple(taught), tuple(judged), outside, len(labels)


def _swap(
    context: Context, models: Models, version: str, previous: str | None, accuracy: tuple[float, float | None]
) -> None:
    now = context.clock.now()
    models.promote(version, now)
    data = {"version": version, "previous": previous, "accuracy": accuracy[0], "accuracy_before": accuracy[1]}
    with context.store.transaction() as uow:
        record(uow, EventKind.MODEL_SWAPPED, now, TRAINER, Subject(), **data)
        uow.commit()
