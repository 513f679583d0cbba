"""Who would be matched, asked without offering anybody anything."""

from typing import TYPE_CHECKING

from routing.adapters.arms import Arms
from routing.adapters.matcher import Pricing, plan_of, snapshot_of
from routing.ports import MatchingPlan, MatchingProblem

if TYPE_CHECKING:
    from optimizer.policy import MatchingPolicy

UNPRICED = "a rehearsal has seen no ticks to price time by"


class Rehearsal:
    """ports.Matcher for questions: the policy in force, solved in this process and without prices of scarce time."""

    def __init__(self, policy: "MatchingPolicy | None" = None) -> None:
        from optimizer.policy import MatchingPolicy

        self._policy = policy or MatchingPolicy()

    def match(self, problem: MatchingProblem) -> MatchingPlan:
        """The plan for this problem."""
        from optimizer.matching import match

        weights = Arms(self._policy).of(problem)
        snapshot = snapshot_of(problem, weights.policy.matching)
        why = Pricing(weights.policy.version, None, UNPRICED)
        return plan_of(match(snapshot, rule=weights.solver()), problem, snapshot, why)
