"""One tick: a snapshot in, a plan out that was checked without the solver."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from types import TracebackType
from typing import TypeVar

from optimizer import array_checks, checks, min_cost_flow
from optimizer.composition import compose
from optimizer.decision import Decision, Solver, baseline, first_come, optimum, solve_in_process
from optimizer.encoding import encode
from optimizer.errors import CostRangeExceeded, PlanRejected, SolverLate, WorkerLost
from optimizer.longest_idle import idle_of
from optimizer.plan import FallbackReason, Plan, SolverName
from optimizer.prepared import Prepared, milliseconds_since, prepare
from optimizer.problem import Problem
from optimizer.snapshot import Snapshot
from optimizer.solver_process import SolverProcess

Fallback = tuple[FallbackReason, str]
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, eq=False)
class ArrayPlan:
    """A checked decision on arrays, why it is the greedy one if it is, and how long the check took."""

    decision: Decision
    fallback: Fallback | None
    check_ms: float


def match(
    snapshot: Snapshot, *, solver: Solver = solve_in_process, rule: SolverName = SolverName.MIN_COST_FLOW
) -> Plan:
    """The plan of greatest value for everyone waiting, or the greedy one where `solver` is late or wrong.

    `rule`: another way to decide is what is asked for, to be compared with; its plan is then no fallback. Raises
    `SnapshotInvalid` for a snapshot that cannot be read, `PlanRejected` if the greedy plan too fails its check.
    """
    began = perf_counter()
    problem, codes = encode(snapshot)
    encode_ms = milliseconds_since(began)

    def checked(prepared: Prepared, decision: Decision, fallback: Fallback | None) -> Plan:
        plan = compose(prepared, codes, decision, fallback)
        began = perf_counter()
        _refuse(checks.findings(snapshot, plan))
        stats = replace(
            plan.stats,
            build_ms=plan.stats.build_ms + encode_ms,
            check_ms=milliseconds_since(began),
        )
        return replace(plan, stats=stats)

    if rule is SolverName.MIN_COST_FLOW:
        return _first_sound(problem, solver, checked)
    prepared = prepare(problem)
    by_idleness = rule is SolverName.LONGEST_IDLE
    decision = first_come(prepared, idle_of(codes.cops)) if by_idleness else baseline(prepared)
    return checked(prepared, decision, None)


def match_arrays(problem: Problem, *, solver: Solver = solve_in_process) -> ArrayPlan:
    """The same on arrays, for callers that keep their own: arrays in, checked decision out."""

    def checked(_: Prepared, decision: Decision, fallback: Fallback | None) -> ArrayPlan:
        began = perf_counter()
        _refuse(array_checks.findings(problem, decision.cop_of, decision.objective, decision.released))
        _refuse(array_checks.held_too_long(problem, decision.cop_of))
        return ArrayPlan(decision, fallback, milliseconds_since(began))

    return _first_sound(problem, solver, checked)


def _first_sound(
    problem: Problem,
    solver: Solver,
    checked: Callable[[Prepared, Decision, Fallback | None], Result],
) -> Result:
    prepared = prepare(problem)
    if solver is solve_in_process:
        min_cost_flow.load()  # the first import takes longer than a solve, and must not count as one
    try:
        return checked(prepared, optimum(prepared, solver), None)
    except Exception as error:
        # Whatever goes wrong in a solver, customers go on being matched; the reason is counted and shown.
        return checked(prepared, baseline(prepared), (reason_for(error), str(error)))


def reason_for(error: Exception) -> FallbackReason:
    """What to call the failure of a solver or of its plan."""
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return reason
    return FallbackReason.SOLVER_ERROR


_REASONS: tuple[tuple[type[Exception], FallbackReason], ...] = (
    (SolverLate, FallbackReason.SOLVER_LATE),
    (CostRangeExceeded, FallbackReason.COST_RANGE),
    (WorkerLost, FallbackReason.WORKER_LOST),
    (PlanRejected, FallbackReason.PLAN_WRONG),
)


def _refuse(found: list[str]) -> None:
    if found:
        shown = "; ".join(found[:5])
        more = f"; and {len(found) - 5} more" if len(found) > 5 else ""
        raise PlanRejected(f"{shown}{more}")


class IsolatedMatcher:
    """Matches with the solver in a process of its own, so that a late solve can be cut off.

    OR-Tools cannot be interrupted and holds the interpreter while it solves. Keep one matcher for the life of
    the service and close it, or use it in a `with` block; `fallbacks` counts its ticks that fell back.
    """

    def __init__(self, start_timeout_seconds: float = 30.0) -> None:
        self._process = SolverProcess(start_timeout_seconds)
        self.fallbacks: Counter[FallbackReason] = Counter()
        self.ticks = 0

    def match(self, snapshot: Snapshot) -> Plan:
        """Like `matching.match`; returns within about the time limit plus the time to build and check."""
        plan = match(snapshot, solver=self._process.solve)
        self.ticks += 1
        if plan.fallback_reason is not None:
            self.fallbacks[plan.fallback_reason] += 1
        return plan

    @property
    def restarts(self) -> int:
        """How many times the solver's process had to be replaced."""
        return self._process.restarts

    def close(self) -> None:
        """Stop the solver's process."""
        self._process.close()

    def __enter__(self) -> "IsolatedMatcher":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
