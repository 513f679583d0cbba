"""The COps as they are now: free slots, load, presence and the end of their shift."""

import numpy as np

from optimizer.board.refusals import Refused
from optimizer.errors import Fault
from optimizer.problem import MOST_SLOTS, CopArrays, Flags, Floats, Indices
from optimizer.runs import position_within


class Staff:
    """M COps' live state over what does not change: skills, languages and markets.

    free: (M, C) int64; load: (M,) int64; available: (M,) bool; shift_end: (M,) float64, on the caller's clock.
    """

    def __init__(self, cops: CopArrays, now: float) -> None:
        self.fixed = cops
        self.free = cops.free.copy()
        self.load = cops.load.copy()
        self.available = cops.available.copy()
        self.shift_end = now + cops.seconds_to_shift_end

    def __len__(self) -> int:
        return len(self.load)

    def seconds_left(self, now: float, cops: Indices | slice = slice(None)) -> Floats:
        """Seconds from `now` to the end of each COp's shift."""
        return np.asarray(self.shift_end[cops] - now)

    def arrays(self, now: float, cops: Indices, most: int = MOST_SLOTS) -> CopArrays:
        """The COps at `cops` (R,) as a snapshot's arrays, in that order, with at most `most` slots shown as free."""
        fixed = self.fixed
        return CopArrays(
            proficiency=fixed.proficiency[cops],
            language_proficiency=fixed.language_proficiency[cops],
            serves_market=fixed.serves_market[cops],
            free=np.minimum(self.free[cops], most),
            load=self.load[cops],
            available=self.available[cops],
            seconds_to_shift_end=self.seconds_left(now, cops),
        )

    def set_free(self, cop: Indices, channel: Indices, free: Indices) -> tuple[Refused, ...]:
        """Free slots of each (COp, channel); the last word counts where one is named twice."""
        good, refused = self._checked(cop, ("channel", channel, self.free.shape[1] - 1), ("free", free, MOST_SLOTS))
        self.free[cop[good], channel[good]] = free[good]
        return refused

    def set_load(self, cop: Indices, load: Indices) -> tuple[Refused, ...]:
        """Units each COp holds."""
        good, refused = self._checked(cop, ("load", load, MOST_SLOTS))
        self.load[cop[good]] = load[good]
        return refused

    def set_available(self, cop: Indices, available: Flags) -> tuple[Refused, ...]:
        """Whether each COp is present and on shift."""
        good, refused = self._checked(cop)
        self.available[cop[good]] = available[good]
        return refused

    def set_shift_end(self, cop: Indices, seconds: Floats, now: float) -> tuple[Refused, ...]:
        """Seconds from `now` to the end of each COp's shift; infinite where no end is known."""
        good, refused = self._checked(cop, ("seconds_to_shift_end", seconds, np.inf))
        self.shift_end[cop[good]] = now + seconds[good]
        return refused

    def _checked(
        self, cop: Indices, *columns: tuple[str, Indices | Floats, float]
    ) -> tuple[Indices, tuple[Refused, ...]]:
        """Positions whose values all lie from 0 to their limit, and the others by name."""
        refused: dict[int, Refused] = {}
        for name, values, most in (("cop", cop, len(self) - 1), *columns):
            for at in np.flatnonzero(~((values >= 0) & (values <= most))).tolist():
                fault = Fault(name, f"{values[at]}", f"allowed is 0 to {most:g}")
                refused.setdefault(at, Refused(int(cop[at]), fault))
        good = np.ones(cop.size, np.bool_)
        good[list(refused)] = False
        return np.flatnonzero(good), tuple(refused.values())

    def take(self, cop: Indices, channel: Indices) -> None:
        """Each pair uses up one free slot and adds one unit of load."""
        np.subtract.at(self.free, (cop, channel), 1)
        np.add.at(self.load, cop, 1)

    def has_room(self, cop: Indices, channel: Indices, wanted: Flags) -> Flags:
        """(P,) bool: is there a slot for each `wanted` pair, those before it having taken theirs?"""
        cell = cop * self.free.shape[1] + channel
        cell[~wanted] = -1
        order = np.argsort(cell, kind="stable")
        nth = np.empty(cell.size, np.int64)
        nth[order] = position_within(cell[order])
        return np.asarray(nth < self.free[cop, channel])
