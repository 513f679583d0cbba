"""Two policies that take turns on one floor, by a switchback experiment's schedule."""

from collections.abc import Callable, Iterator, Mapping

from routing.domain.experiment import Arm
from simulation.floor.policies.base import Policy

WhoseTurn = Callable[[float], Arm]
"""Seconds from the start -> the arm that decides."""


class Switching:
    """Whoever has the turn decides; the other hears of everything, as one that is to take over must.

    Both are asked at the floor's ticks, also a policy that alone would be asked after every event: what is compared is
    how they decide, not how often.
    """

    def __init__(self, arms: Mapping[Arm, Policy], turn: WhoseTurn, tick_seconds: float) -> None:
        self.tick_seconds = tick_seconds
        self._arms, self._turn = dict(arms), turn
        self._now: Arm | None = None
        self._news = False
        self._switches = 0

    def arrive(self, customer: int) -> None:
        """See `Policy`."""
        self._news = True
        for policy in self._arms.values():
            policy.arrive(customer)

    def leave(self, customer: int) -> None:
        """See `Policy`."""
        for policy in self._arms.values():
            policy.leave(customer)

    def change(self, cop: int, freed: bool) -> None:
        """See `Policy`."""
        self._news = self._news or freed
        for policy in self._arms.values():
            policy.change(cop, freed)

    def resume(self) -> None:
        """See `Policy`."""
        self._news = True
        for policy in self._arms.values():
            policy.resume()

    def wants_another_look(self) -> bool:
        """There is news, or whoever has the turn wants one."""
        return self._news or self._now is None or self._arms[self._now].wants_another_look()

    def notes(self) -> dict[str, float]:
        """How often the turn changed."""
        return {"switches": float(self._switches)}

    def decide(self, now: float) -> Iterator[tuple[int, int]]:
        """See `Policy`."""
        self._news = False
        arm = self._turn(now)
        if arm is not self._now:
            self._switches += self._now is not None
            self._now = arm
            # What came free or arrived in the other's turn is no event any more for this one.
            self._arms[arm].resume()
        others = [policy for other, policy in self._arms.items() if other is not arm]
        for customer, cop in self._arms[arm].decide(now):
            for policy in others:
                policy.leave(customer)
            yield customer, cop
