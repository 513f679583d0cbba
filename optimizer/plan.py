"""A tick's result: who gets which conversation and why, who waits and why, and how it was found."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from optimizer.costs import UNITS_PER_SECOND, Term


class SolverName(StrEnum):
    """Which method found the plan."""

    MIN_COST_FLOW = "min_cost_flow"
    GREEDY = "greedy"
    LONGEST_IDLE = "longest_idle"


class FallbackReason(StrEnum):
    """Why the greedy plan stands in for the optimal one."""

    SOLVER_LATE = "solver_late"
    SOLVER_ERROR = "solver_error"
    COST_RANGE = "cost_range"
    WORKER_LOST = "worker_lost"
    PLAN_WRONG = "plan_wrong"


class WaitReason(StrEnum):
    """Why a conversation goes on waiting."""

    NO_ELIGIBLE_COP = "no_eligible_cop"
    ALL_ELIGIBLE_FULL = "all_eligible_full"
    OUTRANKED = "outranked"
    LIMITED = "limited"
    HELD_BACK = "held_back"
    UNREADABLE = "unreadable"

    @property
    def sentence(self) -> str:
        """The reason in words."""
        return _SENTENCES[self]


_SENTENCES = {
    WaitReason.NO_ELIGIBLE_COP: "no COp satisfies the hard rules for it",
    WaitReason.ALL_ELIGIBLE_FULL: "every COp who could take it was already full on its channel",
    WaitReason.OUTRANKED: "every free slot it could use went to other conversations",
    WaitReason.LIMITED: "a COp who could take it has a free slot, but a limit on such work leaves no room",
    WaitReason.HELD_BACK: "a COp who could take it has a free slot, but that would cost more than it is worth",
    WaitReason.UNREADABLE: "the conversation's own data cannot be used",
}


class CostTerm(NamedTuple):
    """One part of an assignment's value, in whole `unit`s; positive speaks for it, negative against."""

    name: Term
    value: int
    unit: str
    note: str

    @property
    def seconds(self) -> float:
        """The value in seconds of weighted customer wait."""
        return self.value / UNITS_PER_SECOND


class Obstacle(StrEnum):
    """Why a COp who would have been worth more did not get a conversation."""

    FULL = "full"
    ELSEWHERE = "elsewhere"
    RULE = "rule"


class PassedOver(NamedTuple):
    """A COp worth `value` for the conversation, more than the one who gets it, and what stood in the way."""

    cop_id: str
    value: int
    obstacle: Obstacle


@dataclass(frozen=True, slots=True)
class PlannedAssignment:
    """One conversation for one COp; `value` is the sum of `terms`.

    `runner_up` is the other COp with a free slot before the tick who was worth most for this conversation,
    with that worth, given the load the plan puts on them; None where nobody else could take it. `passed_over` is the
    best of those no rule bars who would have been worth more, had they a slot for it.
    """

    conversation_id: str
    cop_id: str
    terms: tuple[CostTerm, ...]
    value: int
    runner_up: tuple[str, int] | None
    runner_up_terms: tuple[CostTerm, ...] = ()
    passed_over: PassedOver | None = None


@dataclass(frozen=True, slots=True)
class Unassigned:
    """One conversation that goes on waiting; `detail` says what is wrong with an unreadable one."""

    conversation_id: str
    reason: WaitReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class PlanStats:
    """Size of the problem, and milliseconds spent."""

    n_conversations: int
    n_cops: int
    n_classes: int
    n_arcs: int
    build_ms: float
    solve_ms: float
    check_ms: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A checked plan; `objective` is the sum of its assignments' values, in units of 10 ms.

    `fallback_reason` is set exactly where the solver was late or wrong and the greedy plan stands in;
    `fallback_detail` is for people to read. `priced` says whether prices of scarce time steered it. `gap`: no plan is
    worth more than `objective` + `gap` units; 0 unless limits cross, None where a plain rule decided.
    """

    assignments: tuple[PlannedAssignment, ...]
    unassigned: tuple[Unassigned, ...]
    solver: SolverName
    fallback_reason: FallbackReason | None
    objective: int
    stats: PlanStats
    fallback_detail: str = ""
    priced: bool = False
    gap: int | None = None
