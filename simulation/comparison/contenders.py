"""Who is compared: a policy with its parameters on a floor, and what each is compared against."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from optimizer.errors import ParametersInvalid
from optimizer.policy import read_policy, rows_of
from routing.domain.errors import Invalid
from simulation.comparison.changes import WhatIf, invalid
from simulation.floor import POLICIES, FloorScenario, Tuning
from simulation.floor.run import peak_rate

_PRODUCTION = "pointsman"
MOST = 12
"""Contenders that a table and a page can still show."""


@dataclass(frozen=True, slots=True)
class PolicyChoice:
    """A policy by name, or the production policy with a policy file's values."""

    label: str
    policy: str
    tuning: Tuning = field(default_factory=Tuning)


@dataclass(frozen=True, slots=True)
class Contender:
    """A policy on a floor. `against`: the place in the list of whom it is compared with, None for the first.

    `base`: the floor before the change. It says how many customers write, so that changed staff meet the same.
    """

    label: str
    choice: PolicyChoice
    scenario: FloorScenario
    base: FloorScenario
    against: int | None

    def world(self, seed: int) -> FloorScenario:
        """The floor as it is simulated for `seed`, with the number of customers of its base."""
        if self.scenario is self.base or self.scenario.arrivals.per_minute > 0 or self.base.arrivals.load <= 0:
            return self.scenario
        rate = peak_rate(self.base, seed) * self.scenario.arrivals.load / self.base.arrivals.load
        return replace(self.scenario, arrivals=replace(self.scenario.arrivals, per_minute=rate * 60))


def read_policy_choice(text: str) -> PolicyChoice:
    """A policy's name, or a policy file, whose values the production policy then has; Invalid for anything else."""
    if text in POLICIES:
        return PolicyChoice(text, text)
    path = Path(text)
    if not path.is_file():
        raise Invalid("--policy", text, f"one of {', '.join(POLICIES)}, or a policy file")
    try:
        rows = [row for row in rows_of(read_policy(path)) if not row.is_default]
    except ParametersInvalid as error:
        raise invalid(error.faults[0], f"{path}: ") from error
    tables = {table: {row.name: row.value for row in rows if row.table == table} for table in ("matching", "pricing")}
    return PolicyChoice(path.stem, _PRODUCTION, Tuning(**tables))


def contenders_of(
    base: FloorScenario, choices: Sequence[PolicyChoice], what_ifs: Sequence[WhatIf]
) -> tuple[Contender, ...]:
    """Every policy on the floor as it is, compared with the first; then each on every changed floor, with itself."""
    found = [Contender(each.label, each, base, base, 0 if at else None) for at, each in enumerate(choices)]
    for what_if in what_ifs:
        scenario, tuning = what_if.scenario(base), what_if.tuning()
        for at, each in enumerate(choices):
            tuned = replace(each, tuning=_over(each.tuning, tuning))
            found.append(Contender(f"{each.label}, {what_if.name}", tuned, scenario, base, at))
    _require_few_and_apart(found)
    return tuple(found)


def _over(tuning: Tuning, change: Tuning) -> Tuning:
    return Tuning({**tuning.matching, **change.matching}, {**tuning.pricing, **change.pricing})


def _require_few_and_apart(found: Sequence[Contender]) -> None:
    if len(found) > MOST:
        raise Invalid("policies and changes", len(found), f"at most {MOST} combinations")
    labels = [each.label for each in found]
    for label in labels:
        if labels.count(label) > 1:
            raise Invalid("policies and changes", label, "names that differ")
