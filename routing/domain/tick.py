"""The record of one round of matching: who led it, how it was solved, what came of it."""

from dataclasses import dataclass
from datetime import datetime

from routing.domain.experiment import Arm


@dataclass(frozen=True, slots=True)
class TickRecord:
    """One tick of one matching group; `fallback_reason` is None when the solver's own plan was used.

    `policy_version` names the weights; `prices_at` is when the prices were worked out that steered it, None for an
    unpriced tick, for the reason in `unpriced_because`. `arm`, `block` and
    `propensity` say whose turn it was in `experiment`; None where none was under way.
    """

    id: str
    group: str
    epoch: int
    at: datetime
    waiting: int
    free_slots: int
    offered: int
    refused: int
    solver: str
    fallback_reason: str | None
    solve_ms: float
    total_ms: float
    policy_version: str = ""
    prices_at: datetime | None = None
    unpriced_because: str | None = None
    experiment: str | None = None
    arm: Arm | None = None
    block: int | None = None
    propensity: float | None = None

    @property
    def priced(self) -> bool:
        """Did prices of scarce time steer it?"""
        return self.prices_at is not None


@dataclass(frozen=True, slots=True)
class KeptTimes:
    """The handle times that many ticks went by, as they are kept once for all of them; named by their `digest`."""

    digest: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PlayedTurn:
    """What the recorded ticks of one block of one group have in common, and how many there are of each kind."""

    group: str
    block: int
    arm: Arm
    propensity: float
    policy_version: str
    solver: str
    ticks: int
    fallbacks: int
    unpriced: int
