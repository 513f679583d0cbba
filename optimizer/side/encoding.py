"""From a snapshot's limits, practice and relaxed skills to arrays."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from optimizer.errors import Fault, SnapshotInvalid
from optimizer.problem import ConversationArrays
from optimizer.side.arrays import Flags, Floats, Indices, Side
from optimizer.side.limit import COUNTS_FROM, MOST, TOLERANCE, Limit
from optimizer.side.practice import MOST_PRACTICE, Practice, PracticeArrays
from optimizer.snapshot import CopState, Snapshot, WaitingConversation


def side_of(
    snapshot: Snapshot,
    waiting: Sequence[WaitingConversation],
    arrays: ConversationArrays,
    issue_types: Mapping[str, int],
    cops: Mapping[str, int],
) -> Side | None:
    """The side constraints of `snapshot`; None where nothing is out of the ordinary.

    `waiting` are the conversations of `arrays`, in that order; raises `SnapshotInvalid` for limits that cannot be kept.
    COps and issue types that the snapshot does not have are passed over.
    """
    limits, usual = snapshot.limits, snapshot.parameters.min_proficiency
    practices = [each for each in snapshot.practices if each.cop_id in cops]
    _refuse_unusable(limits, snapshot.practices)
    least = [usual if c.least_proficiency is None else c.least_proficiency for c in waiting]
    software = [cop for cop in snapshot.cops if cop.attempt_seconds]
    if not (limits or software or practices) and all(each == usual for each in least):
        return None
    kind, counted = _kinds([*limits, *practices], waiting, arrays, issue_types)
    named = [sorted(cops[each] for each in limit.cop_ids if each in cops) for limit in limits]
    return Side(
        least_proficiency=np.array(least, np.float64),
        kind=kind,
        counted=counted[: len(limits)],
        cop_start=np.concatenate(([0], np.cumsum([len(each) for each in named]))).astype(np.int64),
        cop=np.array([each for row in named for each in row], np.int64),
        most=np.array([limit.most for limit in limits], np.int64),
        names=tuple(limit.name for limit in limits),
        attempt_seconds=_attempt_seconds(software, issue_types, cops),
        practice=_practice(practices, counted[len(limits) :], cops),
    )


def _practice(practices: Sequence[Practice], counted: Flags, cops: Mapping[str, int]) -> PracticeArrays | None:
    if not practices:
        return None
    cop = np.array([cops[each.cop_id] for each in practices], np.int64)
    least = np.array([each.least for each in practices], np.int64)
    return PracticeArrays(cop, counted, least, tuple(each.name for each in practices))


def _refuse_unusable(limits: Sequence[Limit], practices: Sequence[Practice]) -> None:
    found = [
        Fault(f"limits[{limit.name}].most", repr(limit.most), f"allowed is a whole number from 0 to {MOST}")
        for limit in limits
        if not 0 <= limit.most <= MOST
    ]
    found += [
        Fault(f"practices[{each.name}].least", repr(each.least), f"allowed is a whole number from 0 to {MOST_PRACTICE}")
        for each in practices
        if not 0 <= each.least <= MOST_PRACTICE
    ]
    for place, rows in (("limits", limits), ("practices", practices)):
        named = Counter(each.name for each in rows)
        found += [Fault(place, repr(name), "a name may appear once") for name, count in named.items() if count > 1]
    if found:
        raise SnapshotInvalid(found)


def _attempt_seconds(software: Sequence[CopState], issue_types: Mapping[str, int], cops: Mapping[str, int]) -> Floats:
    seconds = np.zeros((len(issue_types), len(cops)))
    for cop in software:
        for key, value in cop.attempt_seconds.items():
            if key in issue_types:
                seconds[issue_types[key], cops[cop.id]] = value
    return seconds


def _kinds(
    limits: Sequence[Limit | Practice],
    waiting: Sequence[WaitingConversation],
    arrays: ConversationArrays,
    issue_types: Mapping[str, int],
) -> tuple[Indices, Flags]:
    """(N,) the kind of each conversation, and (Q, R) which limits count which kind."""
    of = np.zeros(len(arrays), np.int64)
    counted = np.zeros((len(limits), 1), np.bool_)
    selected: dict[tuple[frozenset[str] | None, bool], Flags] = {}
    for position, limit in enumerate(limits):
        selector = (limit.issue_types, limit.spares_fast_lane)
        if selector not in selected:
            selected[selector] = _selected(limit, waiting, arrays, issue_types)
            of, counted = _split(of, counted, selected[selector])
        kinds = np.zeros(counted.shape[1], np.bool_)
        kinds[of[selected[selector]]] = True
        counted[position] = kinds
    return of, counted


def _split(of: Indices, counted: Flags, selected: Flags) -> tuple[Indices, Flags]:
    """Each kind of which some conversations are selected and some are not becomes two."""
    before, now = np.unique(of * 2 + selected, return_inverse=True)
    return now.astype(np.int64).ravel(), counted[:, before // 2] if before.size else counted


def _selected(
    limit: Limit | Practice,
    waiting: Sequence[WaitingConversation],
    arrays: ConversationArrays,
    issue_types: Mapping[str, int],
) -> Flags:
    if limit.issue_types is None:
        chosen = np.ones(len(arrays), np.bool_)
    else:
        wanted = np.zeros(len(issue_types), np.bool_)
        wanted[[issue_types[key] for key in limit.issue_types if key in issue_types]] = True
        likely = _likely(arrays, wanted)
        for row, each in enumerate(waiting):
            if each.all_candidates:
                likely[row] = each.likely(limit.issue_types)
        chosen = likely >= COUNTS_FROM - TOLERANCE
    return chosen & ~(arrays.vulnerable | arrays.fraud) if limit.spares_fast_lane else chosen


def _likely(arrays: ConversationArrays, wanted: Flags) -> Floats:
    """(N,) the probability that each conversation is of the wanted issue types."""
    row = np.repeat(np.arange(len(arrays)), np.diff(arrays.candidate_start))
    weight = arrays.candidate_probability * wanted[arrays.candidate_type]
    return np.bincount(row, weight, len(arrays)).astype(np.float64)
