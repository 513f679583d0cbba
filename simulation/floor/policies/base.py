"""What a policy is told and what it answers."""

from collections.abc import Iterator
from typing import Protocol


class Policy(Protocol):
    """Decides who gets whom.

    `tick_seconds`: 0 to be asked after every event, else the least time between two rounds; a round without news is
    left out. The floor's state changes between two yielded pairs, as each becomes an offer.
    """

    tick_seconds: float

    def arrive(self, customer: int) -> None:
        """A customer waits from now on: new, back from review, declined or handed on."""

    def leave(self, customer: int) -> None:
        """A customer gave up."""

    def change(self, cop: int, freed: bool) -> None:
        """A COp's slots, load or presence changed; `freed` where they can now take more."""

    def decide(self, now: float) -> Iterator[tuple[int, int]]:
        """(customer, COp) pairs to offer now."""

    def resume(self) -> None:
        """An outage is over: whoever came free meanwhile was not looked at."""

    def wants_another_look(self) -> bool:
        """Whether time alone may change the answer: somebody waits although somebody is free."""

    def notes(self) -> dict[str, float]:
        """Figures about the deciding itself, for the result."""
