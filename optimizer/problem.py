"""The matching problem as validated arrays: indices instead of names, ready for vectorised work."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import ProblemInvalid
from optimizer.parameters import PRIORITIES, MatchingParameters
from optimizer.side import arrays as side_arrays
from optimizer.side.arrays import Side
from optimizer.steering import Steering, shape_fault

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]

_DTYPES: dict[object, str] = {Floats: "float64", Indices: "int64", Flags: "bool"}

LONGEST_SECONDS = 1e9
"""No wait, target or handle time is longer (about 31 years)."""

SHORTEST_TARGET_SECONDS = 1.0
"""A service target shorter than a second would let one conversation swamp every other."""

MOST_SLOTS = 100_000
"""No COp has more free slots in a channel, or more units held."""

MOST_LOG_SECONDS = 20.0
"""exp(20) s is about 15 years."""

MOST_LOG_VARIANCE = 25.0
"""A log standard deviation of 5 already spans a factor of e^10 either side."""


@dataclass(frozen=True, slots=True, eq=False)
class ConversationArrays:
    """N waiting conversations.

    candidate_start: (N + 1,) int64, row i's candidates are candidate_start[i]:candidate_start[i + 1];
    candidate_type: (Z,) int64, issue type index, ascending within a row; candidate_probability: (Z,) float64,
    each row sums to 1; market, language, channel: (N,) int64, indices; priority: (N,) int64, 1-5;
    waiting_seconds, target_seconds: (N,) float64; vulnerable, fraud: (N,) bool;
    last_cop: (N,) int64, COp index or -1; exclusion_start: (N + 1,) int64 and
    excluded_cop: (X,) int64, COp index, ascending within a row.
    """

    candidate_start: Indices
    candidate_type: Indices
    candidate_probability: Floats
    market: Indices
    language: Indices
    channel: Indices
    priority: Indices
    waiting_seconds: Floats
    target_seconds: Floats
    vulnerable: Flags
    fraud: Flags
    last_cop: Indices
    exclusion_start: Indices
    excluded_cop: Indices

    def __len__(self) -> int:
        return len(self.market)


@dataclass(frozen=True, slots=True, eq=False)
class CopArrays:
    """M COps.

    proficiency: (M, S) float64, 0-1, by skill; language_proficiency: (M, L) float64, 0-1;
    serves_market: (M, K) bool; free: (M, C) int64, free slots by channel; load: (M,) int64, units held;
    available: (M,) bool; seconds_to_shift_end: (M,) float64, infinite where no end is known.
    """

    proficiency: Floats
    language_proficiency: Floats
    serves_market: Flags
    free: Indices
    load: Indices
    available: Flags
    seconds_to_shift_end: Floats

    def __len__(self) -> int:
        return len(self.load)


@dataclass(frozen=True, slots=True, eq=False)
class IssueTypeArrays:
    """T issue types. skill: (T,) int64, skill index; handle_time_seconds: (T,) float64, stated mean."""

    skill: Indices
    handle_time_seconds: Floats

    def __len__(self) -> int:
        return len(self.skill)


@dataclass(frozen=True, slots=True, eq=False)
class HandleTimeArrays:
    """F learned facts, by issue type then COp.

    issue_type: (F,) int64; cop: (F,) int64, -1 for a COp outside the snapshot; count: (F,) float64,
    conversations; mean_log: (F,) float64, log seconds; var_log: (F,) float64, sample variance of log seconds.
    """

    issue_type: Indices
    cop: Indices
    count: Floats
    mean_log: Floats
    var_log: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One tick's arrays; construction raises `ProblemInvalid` naming the first array that is wrong.

    Without `steering` the tick is unpriced: scarce time costs no more than plentiful time.
    """

    conversations: ConversationArrays
    cops: CopArrays
    issue_types: IssueTypeArrays
    handle_times: HandleTimeArrays
    parameters: MatchingParameters
    steering: Steering | None = None
    side: Side | None = None

    def __post_init__(self) -> None:
        for fault in _faults_of(self):
            raise ProblemInvalid(fault)


def _faults_of(problem: Problem) -> Iterator[str]:
    groups = (problem.conversations, problem.cops, problem.issue_types, problem.handle_times)
    for group in groups:
        yield from _dtype_faults(group)
    yield from _conversation_faults(problem)
    yield from _cop_faults(problem.cops)
    yield from _issue_type_faults(problem)
    yield from _handle_time_faults(problem)
    yield from _steering_faults(problem)
    if problem.side is not None:
        yield from side_arrays.faults(problem.side, len(problem.conversations), len(problem.cops))


def _dtype_faults(group: object) -> Iterator[str]:
    for each in fields(group):  # type: ignore[arg-type]
        array = getattr(group, each.name)
        wanted = _DTYPES[each.type]
        if not isinstance(array, np.ndarray) or array.dtype != wanted:
            found = getattr(array, "dtype", type(array).__name__)
            yield f"{each.name}: expected an array of {wanted}, found {found}"


_PER_CONVERSATION = (
    *("market", "language", "channel", "priority", "waiting_seconds"),
    *("target_seconds", "vulnerable", "fraud", "last_cop"),
)


def _conversation_faults(problem: Problem) -> Iterator[str]:
    c, cops = problem.conversations, problem.cops
    n = len(c)
    for name in _PER_CONVERSATION:
        yield from _shape_fault(name, getattr(c, name), (n,))
    yield from _row_faults("candidate_start", c.candidate_start, n, len(c.candidate_type), at_least=1)
    yield from _shape_fault("candidate_probability", c.candidate_probability, c.candidate_type.shape)
    yield from _row_faults("exclusion_start", c.exclusion_start, n, len(c.excluded_cop), at_least=0)
    yield from _range_fault("candidate_type", c.candidate_type, 0, len(problem.issue_types) - 1)
    yield from _range_fault("candidate_probability", c.candidate_probability, 0, 1)
    yield from _range_fault("market", c.market, 0, cops.serves_market.shape[-1] - 1)
    yield from _range_fault("language", c.language, 0, cops.language_proficiency.shape[-1] - 1)
    yield from _range_fault("channel", c.channel, 0, cops.free.shape[-1] - 1)
    yield from _range_fault("priority", c.priority, 1, PRIORITIES)
    yield from _range_fault("waiting_seconds", c.waiting_seconds, 0, LONGEST_SECONDS)
    yield from _range_fault("target_seconds", c.target_seconds, SHORTEST_TARGET_SECONDS, LONGEST_SECONDS)
    yield from _range_fault("last_cop", c.last_cop, -1, len(cops) - 1)
    yield from _range_fault("excluded_cop", c.excluded_cop, 0, len(cops) - 1)


def _cop_faults(cops: CopArrays) -> Iterator[str]:
    m = len(cops)
    for name in ("proficiency", "language_proficiency", "serves_market", "free"):
        array = getattr(cops, name)
        if array.ndim != 2 or array.shape[0] != m:
            yield f"{name}: expected shape ({m}, ·), found {array.shape}"
    for name in ("available", "seconds_to_shift_end"):
        yield from _shape_fault(name, getattr(cops, name), (m,))
    yield from _range_fault("proficiency", cops.proficiency, 0, 1)
    yield from _range_fault("language_proficiency", cops.language_proficiency, 0, 1)
    yield from _range_fault("free", cops.free, 0, MOST_SLOTS)
    yield from _range_fault("load", cops.load, 0, MOST_SLOTS)
    if np.isnan(cops.seconds_to_shift_end).any():
        yield "seconds_to_shift_end: expected seconds or infinity, found nan"


def _issue_type_faults(problem: Problem) -> Iterator[str]:
    types = problem.issue_types
    yield from _shape_fault("handle_time_seconds", types.handle_time_seconds, (len(types),))
    yield from _range_fault("skill", types.skill, 0, problem.cops.proficiency.shape[-1] - 1)
    yield from _range_fault("handle_time_seconds", types.handle_time_seconds, 1, LONGEST_SECONDS)


def _handle_time_faults(problem: Problem) -> Iterator[str]:
    facts = problem.handle_times
    for name in ("cop", "count", "mean_log", "var_log"):
        yield from _shape_fault(name, getattr(facts, name), facts.issue_type.shape)
    yield from _range_fault("issue_type", facts.issue_type, 0, len(problem.issue_types) - 1)
    yield from _range_fault("cop", facts.cop, -1, len(problem.cops) - 1)
    yield from _range_fault("count", facts.count, 0, 1e12)
    yield from _range_fault("mean_log", facts.mean_log, 0, MOST_LOG_SECONDS)
    yield from _range_fault("var_log", facts.var_log, 0, MOST_LOG_VARIANCE)


def _steering_faults(problem: Problem) -> Iterator[str]:
    if problem.steering is None:
        return
    markets, languages = problem.cops.serves_market.shape[-1], problem.cops.language_proficiency.shape[-1]
    fault = shape_fault(problem.steering, len(problem.cops), len(problem.issue_types), markets, languages)
    if fault:
        yield fault


def _shape_fault(name: str, array: NDArray[np.generic], shape: tuple[int, ...]) -> Iterator[str]:
    if array.shape != shape:
        yield f"{name}: expected shape {shape}, found {array.shape}"


def _range_fault(name: str, array: Floats | Indices, low: float, high: float) -> Iterator[str]:
    if array.size and not (array.min() >= low and array.max() <= high):
        yield f"{name}: expected values from {low:g} to {high:g}, found {array.min():g} to {array.max():g}"


def _row_faults(name: str, start: Indices, rows: int, total: int, at_least: int) -> Iterator[str]:
    if start.shape != (rows + 1,):
        yield f"{name}: expected shape ({rows + 1},), found {start.shape}"
    elif start[0] != 0 or start[-1] != total or (rows and np.diff(start).min() < at_least):
        yield f"{name}: expected row starts from 0 to {total} with at least {at_least} a row"
