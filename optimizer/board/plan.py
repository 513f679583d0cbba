"""What the board would do now."""

from collections.abc import Callable
from dataclasses import dataclass

from optimizer.plan import FallbackReason, SolverName, WaitReason
from optimizer.problem import Indices
from optimizer.rules import Flags


@dataclass(frozen=True, slots=True, eq=False)
class BoardPlan:
    """A checked plan of P assignments at `now`.

    ids: (P,) int64, the caller's ids; cops: (P,) int64; held: (P,) int64, units the COp holds before; released:
    (P,) bool, pairs worth nothing, made because the conversation had been held back too long; value: (P,) int64,
    units of 10 ms of weighted wait, summing to `objective`; gap: no plan is worth more than `objective + gap`, proven
    by duals. `why` gives the reasons of those who wait, worked out when asked: ask before the next event.
    """

    now: float
    ids: Indices
    cops: Indices
    held: Indices
    released: Flags
    value: Indices
    objective: int
    gap: int
    solver: SolverName
    fallback: FallbackReason | None
    fallback_detail: str
    why: Callable[[Indices], tuple[WaitReason | None, ...]]

    def __len__(self) -> int:
        return len(self.ids)

    def reasons(self, ids: Indices) -> tuple[WaitReason | None, ...]:
        """Why each of `ids` goes on waiting; None where it is assigned. Raises `KeyError` for an unknown id."""
        return self.why(ids)
