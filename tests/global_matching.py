"""The global matcher for tests: solved in the test's own process, without prices."""

from dataclasses import dataclass, field

from optimizer.matching import match
from optimizer.parameters import MatchingParameters
from optimizer.policy import MatchingPolicy
from routing.adapters.arms import Arms
from routing.adapters.matcher import Pricing, plan_of, snapshot_of
from routing.ports import MatchingPlan, MatchingProblem


@dataclass(frozen=True, slots=True)
class GlobalMatcher:
    """As `GuardedMatcher` before it has seen enough to price time."""

    policy: MatchingPolicy = field(default_factory=MatchingPolicy)

    @property
    def parameters(self) -> MatchingParameters:
        """The weights."""
        return self.policy.matching

    def match(self, problem: MatchingProblem) -> MatchingPlan:
        """Solve one tick; the optimizer checks its own plan and falls back to greedy when it must."""
        weights = Arms(self.policy).of(problem)
        snapshot = snapshot_of(problem, weights.policy.matching)
        why = Pricing(weights.policy.version, None, "this matcher works without prices")
        return plan_of(match(snapshot, rule=weights.solver()), problem, snapshot, why)
