"""The record of one round of matching: who led it, how it was solved, what came of it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TickRecord:
    """One tick of one matching group; `fallback_reason` is None when the solver's own plan was used."""

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
