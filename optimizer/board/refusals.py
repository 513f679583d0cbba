"""Events the board cannot use: named one by one, while the others count."""

from dataclasses import dataclass

from optimizer.errors import Fault


@dataclass(frozen=True, slots=True)
class Refused:
    """One row of an event that was left out: the conversation's id or the COp's index, and what is wrong with it."""

    id: int
    fault: Fault

    def __str__(self) -> str:
        return f"{self.id}: {self.fault}"
