"""The errors of the optimizer.

OptimizerError
├── ParametersInvalid      a weight or limit outside its range
├── SteeringInvalid        prices that cannot be used; names each value that is wrong
├── SnapshotInvalid        a snapshot that cannot be read; carries every fault at once
├── ProblemInvalid         arrays whose shape, type or range is wrong
├── SolverError            the min-cost flow gave no usable answer
│   ├── CostRangeExceeded  costs too large for exact 64-bit arithmetic
│   ├── SolverLate         no answer within the time limit
│   └── WorkerLost         the solver's process died
├── AuditTooLarge          more pairs than an audit can prove anything about
└── PlanRejected           a plan that breaks a hard rule or miscounts its objective
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: where, what was found, what is allowed."""

    path: str
    value: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.path}: {self.value} is not allowed; {self.allowed}"


class OptimizerError(Exception):
    """Everything this package raises on purpose."""


class _Faulty(OptimizerError):
    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


class ParametersInvalid(_Faulty):
    """One or more matching parameters are outside their range."""


class SteeringInvalid(_Faulty):
    """Prices, or what they are worked out from, are outside their range."""


class SnapshotInvalid(_Faulty):
    """The snapshot cannot be used as it is; `faults` lists everything wrong with it."""


class ProblemInvalid(OptimizerError):
    """An array has the wrong shape, type or range."""


class SolverError(OptimizerError):
    """The min-cost flow solver gave no usable answer."""


class CostRangeExceeded(SolverError):
    """The costs are too large for the solver's exact 64-bit arithmetic."""


class SolverLate(SolverError):
    """The solver did not answer within the time limit."""


class WorkerLost(SolverError):
    """The solver's own process died or could not be started."""


class PlanRejected(OptimizerError):
    """The independent checker refused a plan; the message lists what it found."""


class AuditTooLarge(OptimizerError):
    """CP-SAT would not end: audits are for small snapshots."""

    def __init__(self, pairs: int, most: int) -> None:
        super().__init__(f"an audit weighs {most} pairs of conversation and COp at most; this snapshot has {pairs}")
