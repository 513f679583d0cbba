"""The record of one round of matching: who led it, how it was solved, what came of it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TickRecord:
    """One tick of one matching group; `fallback_reason` is None when the solver's own plan was used.

    `policy_version` names the weights; `prices_at` is when the prices were worked out that steered it, None for an
    unpriced tick, for the reason in `unpriced_because`.
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

    @property
    def priced(self) -> bool:
        """Did prices of scarce time steer it?"""
        return self.prices_at is not None
