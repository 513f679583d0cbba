"""Whose turn it is in an experiment: the policy in force and those of the arms, each with prices of its own."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from routing.adapters.pricing import Pricer
from routing.domain.experiment import IN_FORCE, ArmPolicy, Way
from routing.ports import MatchingProblem

if TYPE_CHECKING:
    from optimizer.plan import SolverName
    from optimizer.policy import MatchingPolicy
    from optimizer.snapshot import Snapshot, SteeringFacts

PLAIN_RULE = "the rule of this arm needs no prices"


@dataclass(frozen=True, slots=True)
class Weights:
    """What a tick goes by: a policy and its prices, or a plain rule that needs none, by the policy's hard rules."""

    policy: "MatchingPolicy"
    pricer: Pricer
    way: Way = Way.POLICY

    @property
    def is_plain(self) -> bool:
        """Whether a plain rule decides."""
        return self.way is not Way.POLICY

    def solver(self) -> "SolverName":
        """The optimizer's name for how it decides."""
        from optimizer.plan import SolverName

        return SolverName(self.way.value) if self.is_plain else SolverName.MIN_COST_FLOW

    def observe(self, problem: MatchingProblem, snapshot: "Snapshot") -> None:
        """Take in one tick, whoever's turn it is: prices are to be fresh when it is theirs."""
        from dataclasses import replace

        if not self.is_plain:
            self.pricer.observe(problem, replace(snapshot, parameters=self.policy.matching))

    def steering(self, snapshot: "Snapshot") -> "SteeringFacts | None":
        """The prices that concern this snapshot; None for an unpriced tick, for the reason in `missing`."""
        return None if self.is_plain else self.pricer.steering(snapshot)

    def missing(self, at: datetime) -> str | None:
        """Why a tick is unpriced."""
        return PLAIN_RULE if self.is_plain else self.pricer.missing(at)


class Arms:
    """The policy in force, and the others of the experiment that was last asked about."""

    def __init__(self, policy: "MatchingPolicy", pricer: Pricer | None = None) -> None:
        self._own = Weights(policy, pricer or Pricer(policy))
        self._others: dict[str, tuple[ArmPolicy, Weights]] = {}

    def of(self, problem: MatchingProblem) -> Weights:
        """Whose turn it is; the policy in force where it is nobody's."""
        wanted = {} if problem.experiment is None else {each.name: each for each in problem.experiment.arms.values()}
        wanted.pop(IN_FORCE, None)
        kept = {name: pair for name, pair in self._others.items() if wanted.get(name) == pair[0]}
        self._others = {name: kept.get(name) or (arm, self._weights(arm)) for name, arm in wanted.items()}
        if problem.experiment is None or problem.turn is None:
            return self._own
        name = problem.experiment.arms[problem.turn.arm].name
        return self._own if name == IN_FORCE else self._others[name][1]

    def adopt(self, policy: "MatchingPolicy") -> None:
        """Another policy is in force; the arms that bring values of their own are as they were."""
        if policy.version == self._own.policy.version:
            return
        self._own.pricer.adopt(policy)
        self._own = Weights(policy, self._own.pricer)
        self._others = {name: pair for name, pair in self._others.items() if pair[0].values is not None}

    @property
    def all(self) -> tuple[Weights, ...]:
        """Everyone who may have a turn."""
        return (self._own, *(weights for _, weights in self._others.values()))

    def _weights(self, arm: ArmPolicy) -> Weights:
        from optimizer.policy import policy_from

        policy = self._own.policy if arm.values is None else policy_from(arm.values)
        return Weights(policy, Pricer(policy), arm.way)
