"""What a change of the issue types does to a model's answers, on the messages the model itself holds out."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.classifier import IntentClassifier, Knowledge
from encoders.gate import automatic
from encoders.head import HeadScores
from encoders.held_out import FAMILY, HeldOut, Slicing
from encoders.lessons import NEVER_HELD_OUT
from encoders.training.changes import Draft, seen_by_encoder
from encoders.training.refitting import Refitted, Values, slice_values

_TOP = 10
_LISTED = 1_000
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Flow:
    """Messages answered `before` that are answered `after` now."""

    before: str
    after: str
    rows: int


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """A share of `rows` messages, before and after; none where there is nothing to measure by."""

    rows: int
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class SliceChange:
    """A slice with other answers or another standing at the gate; the shares are those of its automatic decisions."""

    dimension: str
    name: str
    rows: int
    answers_changed: float
    accuracy: BeforeAfter
    automatic: BeforeAfter
    standing: tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class NewTypeEvidence:
    """How well a type that the change made is known: held-out messages of its own, labelled by people, and how many
    were found; whose rows set its threshold in prediction sets."""

    issue_type: str
    lessons: int
    rows: int
    found: int
    set_source: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What changes. `compared` held-out messages were answered by both models, neither of which had learned from them.

    `untouched` is the accuracy on messages of types the change does not name, and `untouched_changed` the share of
    those that are answered otherwise. `unsure_rows` are rows of the old model's lessons that a split could not tell
    apart; `left_without_type` says what becomes of messages whose type was retired. `seconds` is what it took.
    """

    what: str
    keys: tuple[str, ...]
    issue_types: tuple[int, int]
    rows_affected: int
    rows_added: int
    rows_dropped: int
    unsure: int
    unsure_rows: tuple[int, ...]
    compared: int
    answers_changed: float | None
    flows: tuple[Flow, ...]
    untouched: BeforeAfter
    untouched_changed: float | None
    automatic: BeforeAfter
    slices: tuple[SliceChange, ...]
    left_without_type: tuple[Flow, ...]
    left_without_type_automatic: float | None
    made: tuple[NewTypeEvidence, ...]
    unproven: tuple[str, ...]
    gate_note: str
    notes: tuple[str, ...]
    seconds: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


def previewed(classifier: IntentClassifier, draft: Draft, found: Refitted) -> Preview:
    """Compare the model with what it would become."""
    old, new = classifier.knowledge, found.knowledge
    both = _compared(classifier, draft, found)
    touched = _touched(classifier, draft)
    untouched = ~np.isin(both.truth_before, sorted(touched))
    other = both.answer_before != both.answer_after
    lost, lost_automatic = _left_without_type(classifier, draft, new)
    return Preview(
        what=draft.what,
        keys=draft.keys,
        issue_types=(len(old.issue_types), len(new.issue_types)),
        rows_affected=_affected(classifier, draft),
        rows_added=int((draft.origin < 0).sum()),
        rows_dropped=len(draft.dropped),
        unsure=len(draft.unsure),
        unsure_rows=tuple(int(row) for row in draft.unsure[:_LISTED]),
        compared=len(other),
        answers_changed=_share(other),
        flows=_flows(both.answer_before[other], both.answer_after[other]),
        untouched=BeforeAfter(
            int(untouched.sum()), _share(both.right_before[untouched]), _share(both.right_after[untouched])
        ),
        untouched_changed=_share(other[untouched]),
        automatic=BeforeAfter(len(other), _share(both.automatic_before), _share(both.automatic_after)),
        slices=_slices(old, new, both),
        left_without_type=lost,
        left_without_type_automatic=lost_automatic,
        made=_evidence(draft, new, sorted(set(new.issue_types) & touched)),
        unproven=found.unproven,
        gate_note=new.gate.note,
        notes=found.notes,
    )


@dataclass(frozen=True, slots=True)
class _Both:
    """Arrays (n,) over the messages that both models answer; `values`: dimension to one name a message."""

    truth_before: NDArray[np.str_]
    answer_before: NDArray[np.str_]
    answer_after: NDArray[np.str_]
    right_before: NDArray[np.bool_]
    right_after: NDArray[np.bool_]
    automatic_before: NDArray[np.bool_]
    automatic_after: NDArray[np.bool_]
    values: Values


def _compared(classifier: IntentClassifier, draft: Draft, found: Refitted) -> _Both:
    old, new = classifier.knowledge, found.knowledge
    place = np.full(len(old.lessons) + 1, -1, dtype=np.int64)
    place[old.lessons.held_out] = np.arange(len(old.held_out))
    at = place[draft.origin[found.rows]]
    kept = np.flatnonzero(at >= 0)
    at, rows = at[kept], found.rows[kept]
    unseen = HeadScores(found.unseen.scores[kept], found.unseen.distance[kept])
    truth = draft.lessons.labels[rows]
    values = slice_values(classifier, draft, rows)
    after = _answered(new, unseen, truth, values)
    before_types, after_types = np.array(old.issue_types), np.array(new.issue_types)
    truth_before = before_types[old.held_out.label[at]] if len(at) else before_types[:0]
    families = [old.families.get(key, "") for key in truth_before]
    return _Both(
        truth_before=truth_before,
        answer_before=before_types[old.held_out.predicted[at]] if len(at) else before_types[:0],
        answer_after=after_types[after.predicted],
        right_before=old.held_out.correct[at],
        right_after=after.correct,
        automatic_before=automatic(old.gate, old.held_out)[at],
        automatic_after=automatic(new.gate, after),
        values={**values, FAMILY: families},
    )


def _answered(knowledge: Knowledge, scores: HeadScores, truth: Rows, values: Values) -> HeldOut:
    probabilities = knowledge.confidence.probabilities(scores.scores)
    predicted = probabilities.argmax(axis=1).astype(np.int64)
    families = [knowledge.families.get(knowledge.issue_types[one], "") for one in predicted]
    slicings = [Slicing.of(dimension, found) for dimension, found in sorted({**values, FAMILY: families}.items())]
    return HeldOut(
        confidence=probabilities.max(axis=1, initial=0.0),
        correct=predicted == truth,
        novelty=knowledge.novelty.novelty(scores),
        predicted=predicted,
        label=truth,
        slicings=tuple(slicings),
    )


def _touched(classifier: IntentClassifier, draft: Draft) -> set[str]:
    """Types that the change names, and those that lost a message to it."""
    old = np.array(classifier.issue_types)[classifier.knowledge.lessons.labels]
    new = np.array(draft.issue_types)[draft.lessons.labels]
    kept = draft.origin >= 0
    moved = old[draft.origin[kept]][old[draft.origin[kept]] != new[kept]]
    return {*draft.keys, *moved.tolist()}


def _affected(classifier: IntentClassifier, draft: Draft) -> int:
    """Rows that are gone, new, or of another type."""
    old = np.array(classifier.issue_types)[classifier.knowledge.lessons.labels]
    new = np.array(draft.issue_types)[draft.lessons.labels]
    kept = draft.origin >= 0
    same = int((old[draft.origin[kept]] == new[kept]).sum())
    return len(old) - same + int((~kept).sum())


def _left_without_type(
    classifier: IntentClassifier, draft: Draft, new: Knowledge
) -> tuple[tuple[Flow, ...], float | None]:
    """How messages of a retired type are answered from now on; the new head has not learned from them."""
    old = classifier.knowledge
    rows = draft.dropped[old.lessons.fold[draft.dropped] != NEVER_HELD_OUT]
    if not len(rows) or seen_by_encoder(classifier):
        return (), None
    gone = old.lessons.rows(rows)
    nothing = np.full(len(rows), -1, dtype=np.int64)
    found = _answered(new, new.head.scores_of(gone.words, gone.embeddings), nothing, {})
    before = np.array(old.issue_types)[gone.labels]
    return _flows(before, np.array(new.issue_types)[found.predicted]), _share(automatic(new.gate, found))


def _evidence(draft: Draft, new: Knowledge, keys: Sequence[str]) -> tuple[NewTypeEvidence, ...]:
    number_of = {name: number for number, name in enumerate(new.issue_types)}
    return tuple(_known(draft, new, number_of[key]) for key in keys)


def _known(draft: Draft, new: Knowledge, number: int) -> NewTypeEvidence:
    own = new.held_out.label == number
    return NewTypeEvidence(
        issue_type=new.issue_types[number],
        lessons=int((draft.lessons.labels == number).sum()),
        rows=int(own.sum()),
        found=int(new.held_out.correct[own].sum()) if len(own) else 0,
        set_source=new.set_rule.sources[number].value,
    )


def _slices(old: Knowledge, new: Knowledge, both: _Both) -> tuple[SliceChange, ...]:
    before = {(rule.dimension, rule.name): rule.standing.value for rule in old.gate.slices}
    after = {(rule.dimension, rule.name): rule.standing.value for rule in new.gate.slices}
    measured = {(dimension, name) for dimension, names in both.values.items() for name in names if name}
    found = (_slice(place, both, (before.get(place), after.get(place))) for place in sorted(measured))
    return tuple(one for one in found if one.answers_changed or one.standing[0] != one.standing[1])


def _slice(place: tuple[str, str], both: _Both, standing: tuple[str | None, str | None]) -> SliceChange:
    dimension, name = place
    own = np.array(both.values[dimension]) == name
    return SliceChange(
        dimension,
        name,
        int(own.sum()),
        float((both.answer_before[own] != both.answer_after[own]).mean()),
        BeforeAfter(int(own.sum()), _share(both.right_before[own]), _share(both.right_after[own])),
        BeforeAfter(int(own.sum()), _share(both.automatic_before[own]), _share(both.automatic_after[own])),
        standing,
    )


def _flows(before: NDArray[np.str_], after: NDArray[np.str_]) -> tuple[Flow, ...]:
    counts: Mapping[tuple[str, str], int] = Counter(zip(before.tolist(), after.tolist(), strict=True))
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Flow(old, new, rows) for (old, new), rows in ranked[:_TOP])


def _share(chosen: NDArray[np.bool_]) -> float | None:
    return float(chosen.mean()) if len(chosen) else None
