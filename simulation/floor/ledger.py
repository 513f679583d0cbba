"""What happened to every customer and every COp, written down as it happens."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum


class Stage(IntEnum):
    """Where a customer is."""

    AWAY = 0
    REVIEW = 1
    WAITING = 2
    OFFERED = 3
    SERVED = 4
    DONE = 5
    GONE = 6


@dataclass(slots=True, eq=False)
class Ledger:
    """N customers, M COps; times in seconds from the start, negative where it never happened.

    worked: seconds of work on each customer; busy: seconds of work of each COp within the measured window.
    queue_area, work_area: customers waiting and slots in use, integrated over the measured window.
    """

    stage: list[int]
    answered: list[float]
    left: list[float]
    done: list[float]
    worked: list[float]
    handovers: list[int]
    busy: list[float]
    queue_area: float = 0.0
    work_area: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    notes: dict[str, float] = field(default_factory=dict)

    @classmethod
    def blank(cls, customers: int, cops: int) -> "Ledger":
        """Nothing has happened yet."""
        never = [-1.0] * customers
        return cls(
            stage=[int(Stage.AWAY)] * customers,
            answered=list(never),
            left=list(never),
            done=list(never),
            worked=[0.0] * customers,
            handovers=[0] * customers,
            busy=[0.0] * cops,
        )

    def count(self, what: str) -> None:
        """One more of `what`."""
        self.counts[what] = self.counts.get(what, 0) + 1


Progress = Callable[[float], None]
"""Told the share of the simulated time that is over, 0 to 1."""
