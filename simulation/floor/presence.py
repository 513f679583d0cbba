"""Who is on duty or on a break: a break begins once the last chat is over, a duty ends with nothing new."""

from collections.abc import Callable

from simulation.floor.roster import Duty
from simulation.floor.state import FloorState

Handler = Callable[[float, int, int], None]


class Presence:
    """Keeps `available` and `duty_end` of the floor's state; tells the policy through `change(cop, freed)`."""

    def __init__(
        self, state: FloorState, change: Callable[[int, bool], None], at: Callable[[float, Handler, int, int], None]
    ) -> None:
        self._state, self._change, self._at = state, change, at
        self._ends: dict[int, list[float]] = {}
        self._on_duty: set[int] = set()
        self._break_seconds: dict[int, int] = {}
        self._resting: set[int] = set()

    def plan(self, duty: Duty) -> None:
        """A duty whose beginning is due elsewhere."""
        self._ends.setdefault(duty.cop, []).append(duty.end)

    def come(self, now: float, cop: int, _: int) -> None:
        """A duty begins."""
        end = min(each for each in self._ends[cop] if each > now)
        self._on_duty.add(cop)
        self._state.duty_end[cop] = end
        self._state.idle_since[cop] = now
        if end < float("inf"):
            self._at(end, self.go, cop, 0)
        self._settle(cop)

    def go(self, _now: float, cop: int, _: int) -> None:
        """A duty ends."""
        self._on_duty.discard(cop)
        self._break_seconds.pop(cop, None)
        self._settle(cop)

    def break_due(self, now: float, cop: int, seconds: int) -> None:
        """From now on nothing new; the break begins when the desk is empty."""
        if cop in self._on_duty and cop not in self._resting:
            self._break_seconds[cop] = seconds
            self._settle(cop)
            self.emptied(now, cop)

    def emptied(self, now: float, cop: int) -> None:
        """Something ended at a COp's desk: a break that is due begins if nothing is left there."""
        if cop in self._break_seconds and self._state.load[cop] == 0 and cop not in self._resting:
            self._resting.add(cop)
            self._at(now + self._break_seconds[cop], self._back, cop, 0)

    def _back(self, now: float, cop: int, _: int) -> None:
        self._resting.discard(cop)
        self._break_seconds.pop(cop, None)
        self._state.idle_since[cop] = now
        self._settle(cop)

    def _settle(self, cop: int) -> None:
        present = cop in self._on_duty and cop not in self._break_seconds
        if present != bool(self._state.available[cop]):
            self._state.available[cop] = present
            self._change(cop, present)
