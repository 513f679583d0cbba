"""Verdicts teach: retraining from the pack and the labels people gave; the result goes live through the gate."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from routing.domain.comparison import Assessment, Judged, share_right
from routing.domain.pack import LabelledMessage
from routing.ports import Lesson, ModelFiles
from routing.services import models
from routing.services.context import Context
from routing.services.held_out import Material, material

TRAINER = "trainer"


@dataclass(frozen=True, slots=True)
class Retraining:
    """What a retraining used and found. `accuracy_before` is None when there was no live model, or none that loads.

    `reasons` is what the promotion gate said.
    """

    version: str
    previous: str | None
    examples: int
    labels: int
    held_out: int
    accuracy: float
    accuracy_before: float | None
    swapped: bool
    reasons: tuple[str, ...] = ()


def retrain(
    context: Context, files: ModelFiles, extra: Iterable[LabelledMessage] = (), seed: int = 0, feedback: bool = True
) -> Retraining:
    """Train on the pack, `extra` messages and (with feedback) every label; register it; live if the gate lets it."""
    lesson = material(context, extra, feedback)
    version = files.fit(_lesson(context, lesson, seed))
    judged = models.judged_by(context, files, lesson.judged)
    models.register(context, files, version, TRAINER, judged)
    _remember(context, version, lesson)
    assessment, swapped = _settled(context, files, version, judged)
    return Retraining(
        version=version,
        previous=assessment.live,
        examples=len(lesson.taught),
        labels=lesson.labels,
        held_out=len(judged),
        accuracy=assessment.accuracy or 0.0,
        accuracy_before=assessment.accuracy_before,
        swapped=swapped,
        reasons=assessment.reasons,
    )


def _remember(context: Context, version: str, lesson: Material) -> None:
    """Which labels it was taught: an erasure has to tell which models know of somebody."""
    with context.store.transaction() as uow:
        uow.lessons.keep(version, lesson.digest, lesson.label_ids)
        uow.commit()


def _lesson(context: Context, found: Material, seed: int) -> Lesson:
    pack = context.packs.current()
    families = {key: kind.family for key, kind in pack.taxonomy.issue_types.items()}
    told = {key: (kind.name, kind.description) for key, kind in pack.taxonomy.issue_types.items()}
    examples = tuple(one.pair for one in found.taught)
    return Lesson(examples, found.outside, seed, families, pack.languages, told, _slices(found.taught))


def _slices(taught: Sequence[Judged]) -> dict[str, tuple[str, ...]]:
    """What is known of where each message came from; a dimension that nothing is known in is left out."""
    known = {
        "language": tuple(one.language or "" for one in taught),
        "market": tuple(one.market or "" for one in taught),
    }
    return {dimension: values for dimension, values in known.items() if any(values)}


def _settled(context: Context, files: ModelFiles, version: str, judged: Sequence[Judged]) -> tuple[Assessment, bool]:
    live = models.live_id(context)
    if live == version:
        share = share_right(judged, files.open(version).answers([one.text for one in judged]))
        same = Assessment(version, live, True, ("it is the live model",), accuracy=share, accuracy_before=share)
        return same, False
    assessment = models.gate(context, files, models.Pairing(version, live), judged)
    return assessment, models.settle(context, files, assessment, models.Authority(TRAINER)).promoted
