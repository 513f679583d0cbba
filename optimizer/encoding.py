"""From a snapshot's names to the problem's arrays, and the names to find the way back."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import Fault, ProblemInvalid, SnapshotInvalid, SteeringInvalid
from optimizer.fact_table import columns_of
from optimizer.parameters import PRIORITIES
from optimizer.problem import (
    LONGEST_SECONDS,
    SHORTEST_TARGET_SECONDS,
    ConversationArrays,
    CopArrays,
    Floats,
    Indices,
    IssueTypeArrays,
    Problem,
)
from optimizer.side.encoding import side_of
from optimizer.snapshot import CopState, Snapshot, SteeringFacts, WaitingConversation
from optimizer.steering import UNKNOWN_PRICE, Steering


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A conversation the matcher cannot place, and why; the others are matched without it."""

    conversation_id: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Codes:
    """What each index stands for. Conversations and COps are sorted by id, so row order never matters."""

    conversations: tuple[WaitingConversation, ...]
    cops: tuple[CopState, ...]
    issue_types: Mapping[str, int]
    skills: Mapping[str, int]
    markets: Mapping[str, int]
    languages: Mapping[str, int]
    channels: Mapping[str, int]
    unreadable: tuple[Unreadable, ...]


def encode(snapshot: Snapshot) -> tuple[Problem, Codes]:
    """Arrays for `snapshot`.

    A conversation that cannot be read is set aside in `Codes.unreadable`; faults among COps, issue types or
    handle times raise `SnapshotInvalid`, because they would touch every conversation.
    """
    codes = _codes(snapshot)
    arrays = _conversation_arrays(codes)
    cop_index = {cop.id: position for position, cop in enumerate(codes.cops)}
    try:
        problem = Problem(
            conversations=arrays,
            cops=_cop_arrays(codes),
            issue_types=_issue_type_arrays(snapshot, codes),
            handle_times=columns_of(snapshot.handle_times).arrays(codes.issue_types, cop_index),
            parameters=snapshot.parameters,
            steering=steering_arrays(snapshot.steering, codes),
            side=side_of(snapshot, codes.conversations, arrays, codes.issue_types, cop_index),
        )
    except (ProblemInvalid, SteeringInvalid) as error:
        raise SnapshotInvalid([Fault("snapshot", str(error), "see docs/matching.md for the ranges")]) from error
    return problem, codes


def _codes(snapshot: Snapshot) -> Codes:
    _refuse_duplicates("conversations", (each.id for each in snapshot.conversations))
    _refuse_duplicates("cops", (each.id for each in snapshot.cops))
    _refuse_duplicates("issue_types", (each.key for each in snapshot.issue_types))
    issue_types = _index(each.key for each in snapshot.issue_types)
    good, unreadable = _readable(snapshot.conversations, issue_types)
    cops = tuple(sorted(snapshot.cops, key=lambda cop: cop.id))
    return Codes(
        conversations=tuple(sorted(good, key=lambda conversation: conversation.id)),
        cops=cops,
        issue_types=issue_types,
        skills=_index(each.skill for each in snapshot.issue_types),
        markets=_index(chain((each.market for each in good), *(cop.markets for cop in cops))),
        languages=_index(chain((each.language for each in good), *(cop.languages for cop in cops))),
        channels=_index(chain((each.channel for each in good), *(cop.free for cop in cops))),
        unreadable=unreadable,
    )


def _index(names: Iterable[str]) -> dict[str, int]:
    return {name: position for position, name in enumerate(sorted(set(names)))}


def _refuse_duplicates(path: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    faults = []
    for each in ids:
        if each in seen:
            faults.append(Fault(path, repr(each), "an id may appear once"))
        seen.add(each)
    if faults:
        raise SnapshotInvalid(faults)


def _readable(
    conversations: Sequence[WaitingConversation], issue_types: Mapping[str, int]
) -> tuple[list[WaitingConversation], tuple[Unreadable, ...]]:
    good: list[WaitingConversation] = []
    bad: list[Unreadable] = []
    for each in conversations:
        fault = conversation_fault(each, issue_types)
        if fault is None:
            good.append(each)
        else:
            bad.append(Unreadable(each.id, fault))
    return good, tuple(bad)


def conversation_fault(c: WaitingConversation, issue_types: Mapping[str, int]) -> Fault | None:
    """The first thing that keeps `c` from being matched, or None."""
    if not 0 <= c.waiting_seconds <= LONGEST_SECONDS:
        return Fault("waiting_seconds", repr(c.waiting_seconds), f"allowed is 0 to {LONGEST_SECONDS:g} s")
    if not SHORTEST_TARGET_SECONDS <= c.target_seconds <= LONGEST_SECONDS:
        return Fault("target_seconds", repr(c.target_seconds), f"allowed is 1 to {LONGEST_SECONDS:g} s")
    if c.priority not in range(1, PRIORITIES + 1):
        return Fault("priority", repr(c.priority), f"allowed is 1 to {PRIORITIES}")
    if c.least_proficiency is not None and not 0 < c.least_proficiency <= 1:
        return Fault("least_proficiency", repr(c.least_proficiency), "a proficiency lies above 0 and up to 1")
    return _candidate_fault(c.candidates, issue_types)


def _candidate_fault(candidates: tuple[tuple[str, float], ...], issue_types: Mapping[str, int]) -> Fault | None:
    for key, probability in candidates:
        if key not in issue_types:
            return Fault("candidates", repr(key), "allowed are the snapshot's issue types")
        if not 0 < probability <= 1:
            return Fault("candidates", repr((key, probability)), "a probability lies above 0 and up to 1")
    if not candidates or (len(candidates) > 1 and len(dict(candidates)) < len(candidates)):
        return Fault("candidates", repr(candidates), "each issue type once, at least one")
    return None


def _conversation_arrays(codes: Codes) -> ConversationArrays:
    waiting = codes.conversations
    cop_index = {cop.id: position for position, cop in enumerate(codes.cops)}
    last = [-1 if c.last_cop_id is None else cop_index.get(c.last_cop_id, -1) for c in waiting]
    types, probabilities, starts = _candidates(waiting, codes.issue_types)
    excluded, exclusion_starts = _exclusions(waiting, cop_index)
    return ConversationArrays(
        candidate_start=starts,
        candidate_type=types,
        candidate_probability=probabilities,
        market=_ints(codes.markets[c.market] for c in waiting),
        language=_ints(codes.languages[c.language] for c in waiting),
        channel=_ints(codes.channels[c.channel] for c in waiting),
        priority=_ints(c.priority for c in waiting),
        waiting_seconds=_floats(c.waiting_seconds for c in waiting),
        target_seconds=_floats(c.target_seconds for c in waiting),
        vulnerable=np.array([c.vulnerable for c in waiting], dtype=np.bool_),
        fraud=np.array([c.fraud for c in waiting], dtype=np.bool_),
        last_cop=_ints(last),
        exclusion_start=exclusion_starts,
        excluded_cop=excluded,
    )


def _candidates(
    waiting: Sequence[WaitingConversation], issue_types: Mapping[str, int]
) -> tuple[Indices, Floats, Indices]:
    types: list[int] = []
    probabilities: list[float] = []
    for each in waiting:
        for key, probability in normalised(each.candidates):
            types.append(issue_types[key])
            probabilities.append(probability)
    return _ints(types), _floats(probabilities), _starts(len(each.candidates) for each in waiting)


def normalised(candidates: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    """Candidates in the order of their keys, with probabilities relative to their sum."""
    if len(candidates) == 1:
        return ((candidates[0][0], 1.0),)
    ordered = sorted(candidates)
    total = math.fsum(probability for _, probability in ordered)
    return tuple((key, probability / total) for key, probability in ordered)


def _exclusions(waiting: Sequence[WaitingConversation], cop_index: Mapping[str, int]) -> tuple[Indices, Indices]:
    rows = [
        sorted(cop_index[cop_id] for cop_id in each.excluded_cop_ids | each.forbidden_cop_ids if cop_id in cop_index)
        if each.excluded_cop_ids or each.forbidden_cop_ids
        else []
        for each in waiting
    ]
    return _ints(chain.from_iterable(rows)), _starts(len(row) for row in rows)


def _cop_arrays(codes: Codes) -> CopArrays:
    cops = codes.cops
    shift_ends = (math.inf if c.seconds_to_shift_end is None else c.seconds_to_shift_end for c in cops)
    serves = _matrix([dict.fromkeys(cop.markets, 1.0) for cop in cops], codes.markets)
    return CopArrays(
        proficiency=_matrix([cop.skills for cop in cops], codes.skills),
        language_proficiency=_matrix([cop.languages for cop in cops], codes.languages),
        serves_market=serves > 0,
        free=_matrix([cop.free for cop in cops], codes.channels).astype(np.int64),
        load=_ints(cop.load for cop in cops),
        available=np.array([cop.available for cop in cops], dtype=np.bool_),
        seconds_to_shift_end=_floats(shift_ends),
    )


def _matrix(rows: Sequence[Mapping[str, float]], columns: Mapping[str, int]) -> Floats:
    matrix = np.zeros((len(rows), max(len(columns), 1)))
    at_row: list[int] = []
    at_column: list[int] = []
    values: list[float] = []
    for position, row in enumerate(rows):
        for name, value in row.items():
            column = columns.get(name)
            if column is not None:
                at_row.append(position)
                at_column.append(column)
                values.append(value)
    matrix[at_row, at_column] = values
    return matrix


def _issue_type_arrays(snapshot: Snapshot, codes: Codes) -> IssueTypeArrays:
    ordered = sorted(snapshot.issue_types, key=lambda each: each.key)
    return IssueTypeArrays(
        skill=_ints(codes.skills[each.skill] for each in ordered),
        handle_time_seconds=_floats(each.handle_time_seconds for each in ordered),
    )


def steering_arrays(facts: SteeringFacts | None, codes: Codes) -> Steering | None:
    """The prices by index; what the snapshot's names do not cover is unknown."""
    if facts is None:
        return None
    shape = (len(codes.issue_types), max(len(codes.markets), 1), max(len(codes.languages), 1))
    cheapest = _by_place(facts.cheapest, codes, shape)
    between = _by_place(facts.seconds_between, codes, shape) if facts.seconds_between else None
    prices = _floats(facts.cop_prices.get(cop.id, UNKNOWN_PRICE) for cop in codes.cops)
    reserve = _floats(facts.cop_reserves.get(cop.id, 0.0) for cop in codes.cops) if facts.cop_reserves else None
    return Steering(prices, cheapest, facts.occupancy, facts.trust, facts.version, reserve, between)


def _by_place(values: Mapping[tuple[str, str, str], float], codes: Codes, shape: tuple[int, int, int]) -> Floats:
    """(T, K, L): each value at its issue type, market and language, NaN elsewhere."""
    table = np.full(shape, np.nan)
    for (issue_type, market, language), value in values.items():
        if issue_type in codes.issue_types and market in codes.markets and language in codes.languages:
            table[codes.issue_types[issue_type], codes.markets[market], codes.languages[language]] = value
    return table


def _ints(values: Iterable[int]) -> Indices:
    return np.fromiter(values, dtype=np.int64)


def _floats(values: Iterable[float]) -> Floats:
    return np.fromiter(values, dtype=np.float64)


def _starts(counts: Iterable[int]) -> NDArray[np.int64]:
    return np.concatenate(([0], np.cumsum(_ints(counts)))).astype(np.int64)
