"""A draft of rows to a model: its head, and what can honestly be said of it, without encoding a message again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from encoders.classifier import IntentClassifier, Knowledge
from encoders.confidence import fit_confidence
from encoders.descent import Goal
from encoders.directions import Directions
from encoders.gate import Gate, choose_gate
from encoders.head import HeadScores, KernelHead
from encoders.held_out import FAMILY, HeldOut, Slicing
from encoders.lessons import NEVER_HELD_OUT, Lessons
from encoders.text import prepare
from encoders.training.changes import Draft, seen_by_encoder
from encoders.training.claims import Gains, gains_of, louder, scaled
from encoders.training.head_fitting import Fitted, fit_kernel_head, scores_of_types_left_out
from encoders.training.judging import Unseen, judged

Values = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Refitted:
    """The new knowledge, and what heads without each of `rows` (r,) int64 of the draft say of it."""

    knowledge: Knowledge
    rows: NDArray[np.int64]
    unseen: HeadScores
    unproven: tuple[str, ...]
    """Issue types with not one message, labelled by people, to judge them by."""
    notes: tuple[str, ...]


def refitted(classifier: IntentClassifier, draft: Draft, outside: Sequence[str], threads: int) -> Refitted:
    """The gate keeps its goal; where the encoder has seen every row nothing can be judged, and nothing is automatic."""
    fitted = fit_kernel_head(draft.lessons, len(draft.issue_types), threads)
    if seen_by_encoder(classifier):
        return _unjudged(classifier, draft, replace(fitted.head, directions=_directions(classifier, draft)))
    rows = draft.lessons.held_out
    proven = ~draft.dealt[rows]
    gains = _gains(fitted, draft, proven)
    fitted = louder(fitted, gains)
    strange, notes = _strange(classifier, draft, _Loud(fitted.head, gains), outside, threads)
    inside = HeadScores(fitted.unseen.scores[proven], fitted.unseen.distance[proven])
    values = slice_values(classifier, draft, rows[proven])
    unseen = Unseen(inside, draft.lessons.labels[rows[proven]], strange, values)
    old = classifier.knowledge
    knowledge = judged(
        draft.issue_types, _proven_only(draft), fitted.head, unseen, goal_of(old.gate), draft.families, old.detector
    )
    knowledge = _with_novelty_at_its_old_cost(old, knowledge)
    return _noted(Refitted(knowledge, rows, fitted.unseen, _unproven(draft, rows[proven]), notes))


def _directions(classifier: IntentClassifier, draft: Draft) -> Directions | None:
    """Types with the rows they had keep theirs; of any other, the mean of its rows stands in."""
    old, learnt = classifier.knowledge, classifier.knowledge.head.directions
    if learnt is None:
        return None
    rows = {name: np.flatnonzero(old.lessons.labels == number) for number, name in enumerate(old.issue_types)}
    kept = [
        old.issue_types.index(name)
        if np.array_equal(np.sort(draft.origin[draft.lessons.labels == number]), rows.get(name, []))
        else None
        for number, name in enumerate(draft.issue_types)
    ]
    return learnt.carried(kept, draft.lessons.embeddings, draft.lessons.labels)


def goal_of(gate: Gate) -> Goal:
    """What the gate promises."""
    return Goal(gate.target_error, gate.confidence, gate.outside_share)


def slice_values(classifier: IntentClassifier, draft: Draft, rows: NDArray[np.int64]) -> Values:
    """Dimension to one value for each of these rows of the draft, empty where it is not known; families left out."""
    old = classifier.knowledge
    place = np.full(len(old.lessons) + 1, -1, dtype=np.int64)  # the last one is where new rows point
    place[old.lessons.held_out] = np.arange(len(old.lessons.held_out))
    at = place[draft.origin[rows]]
    return {one.dimension: _named(one, at) for one in old.held_out.slicings if one.dimension != FAMILY}


def _named(slicing: Slicing, at: NDArray[np.int64]) -> list[str]:
    codes = np.where(at < 0, -1, slicing.codes[at])
    return [slicing.names[code] if code >= 0 else "" for code in codes]


def _proven_only(draft: Draft) -> Lessons:
    return replace(draft.lessons, fold=np.where(draft.dealt, NEVER_HELD_OUT, draft.lessons.fold))


def _unproven(draft: Draft, rows: NDArray[np.int64]) -> tuple[str, ...]:
    proven = set(draft.lessons.labels[rows].tolist())
    return tuple(name for number, name in enumerate(draft.issue_types) if number not in proven)


def _gains(fitted: Fitted, draft: Draft, proven: NDArray[np.bool_]) -> Gains:
    """None where a confidence fitted to the louder scores would fall as a type's lead grows: few rows, hardly wrong."""
    gains = gains_of(fitted, draft.lessons)
    labels = draft.lessons.labels[draft.lessons.held_out][proven]
    slopes = fit_confidence(louder(fitted, gains).unseen.scores[proven], labels).slopes
    return gains if slopes[1] + slopes[2] >= 0.0 else np.ones_like(gains)


@dataclass(frozen=True, slots=True)
class _Loud:
    head: KernelHead
    gains: Gains


def _strange(
    classifier: IntentClassifier, draft: Draft, loud: _Loud, outside: Sequence[str], threads: int
) -> tuple[HeadScores, tuple[str, ...]]:
    """Messages from outside as they are given; none were kept. Where they count, types left out in turn stand in."""
    head, prepared = loud.head, [prepare(text) for text in outside]
    if prepared:
        return head.scores(prepared, classifier.encoder.encode(prepared)), ()
    nothing = HeadScores(np.zeros((0, head.classes)), np.zeros(0))
    if not classifier.gate.outside_share:
        return nothing, ()
    known = len(classifier.knowledge.held_out.outside)
    if classifier.knowledge.tuned:
        return nothing, (f"the {known} messages from outside are not kept; give them again, or nothing is automatic",)
    said = f"the {known} messages from outside are not kept; issue types left out in turn stand in for them"
    notes = (said,) if classifier.record.get("outside_examples") else ()
    return scaled(scores_of_types_left_out(draft.lessons, head.classes, threads), loud.gains), notes


def _with_novelty_at_its_old_cost(old: Knowledge, new: Knowledge) -> Knowledge:
    """Without messages from outside, the novelty threshold keeps the share of inside ones that it sent to people."""
    if len(new.held_out.outside) or not len(old.held_out) or not len(new.held_out):
        return new
    kept = float((old.held_out.novelty <= old.gate.novelty_threshold).mean())
    threshold, goal = float(np.quantile(new.held_out.novelty, kept)), goal_of(old.gate)
    gate = choose_gate(
        new.held_out, goal.target_error, threshold, confidence=goal.confidence, outside_share=goal.outside_share
    )
    return replace(new, gate=gate)


def _noted(found: Refitted) -> Refitted:
    """The gate says for which types it promises nothing."""
    if not found.unproven or found.knowledge.gate.threshold is None:
        return found
    gate = found.knowledge.gate
    note = f"{gate.note}; no guarantee for messages about {', '.join(found.unproven)}: none is held out to judge by"
    return replace(found, knowledge=replace(found.knowledge, gate=replace(gate, note=note)))


def _unjudged(classifier: IntentClassifier, draft: Draft, head: KernelHead) -> Refitted:
    """The scales stay those that were honestly measured before the change, and everything goes to people."""
    old = classifier.knowledge
    number_of = {name: number for number, name in enumerate(old.issue_types)}
    none = np.zeros(0)
    held_out = HeldOut(none, none.astype(np.bool_), none)
    goal = goal_of(old.gate)
    gate = choose_gate(
        held_out, goal.target_error, old.gate.novelty_threshold, confidence=goal.confidence, outside_share=0.0
    )
    said = "the encoder was tuned on every message, and what it would say without one was measured before the change"
    note = f"everything is reviewed: {said}; train again for a guarantee"
    never = np.full(len(draft.lessons), NEVER_HELD_OUT, dtype=np.int64)
    knowledge = replace(
        old,
        issue_types=draft.issue_types,
        lessons=replace(draft.lessons, fold=never),
        head=head,
        set_rule=old.set_rule.for_types([number_of.get(name) for name in draft.issue_types]),
        gate=replace(gate, note=note, outside_share=goal.outside_share),
        held_out=held_out,
        families=dict(sorted(draft.families.items())),
    )
    nothing = HeadScores(np.zeros((0, head.classes)), np.zeros(0))
    return Refitted(knowledge, np.zeros(0, dtype=np.int64), nothing, draft.issue_types, (note,))
