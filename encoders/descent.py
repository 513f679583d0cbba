"""Rows ranked by confidence, and the lowest threshold among them that keeps the promise: learn, then test.

Angelopoulos, Bates, Candes, Jordan and Lei, "Learn then test" (2021), with the fallback procedure as the test of many.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from encoders.held_out import HeldOut
from encoders.risk import chance_of_so_few, lower_bound, make_ladder, upper_bound

_FOR_INSIDE, _FOR_OUTSIDE, _FOR_SHARE = 0.65, 0.30, 0.05
"""How a test with three bounds divides its risk among them."""


@dataclass(frozen=True, slots=True)
class Goal:
    """At most this share of automatic decisions wrong, with this confidence, at this share of messages outside."""

    target_error: float
    confidence: float
    outside_share: float = 0.0

    def __post_init__(self) -> None:
        for name in ("target_error", "confidence"):
            value = getattr(self, name)
            if not 0.0 < value < 1.0:
                raise ValueError(f"{name}: {value} is not allowed; it lies between 0 and 1, both excluded")
        if not 0.0 <= self.outside_share < 1.0:
            raise ValueError(f"outside_share: {self.outside_share} is not allowed; it lies between 0 and 1, 1 excluded")


@dataclass(frozen=True, slots=True)
class Ranking:
    """Rows that are not novel, the surest first; tied rows go together.

    `confidence` (n,) descending, `wrong` (n,) errors down to there, `closing` (n,) rows when the ties are included;
    `inside` counts all rows inside the taxonomy, novel ones too; `outside` (m,) the confidence of rows from outside
    that are not novel, `outside_rows` all of them.
    """

    goal: Goal
    confidence: NDArray[np.float64]
    wrong: NDArray[np.int64]
    closing: NDArray[np.int64]
    inside: int
    outside: NDArray[np.float64]
    outside_rows: int

    @classmethod
    def of(cls, held_out: HeldOut, novelty_threshold: float, goal: Goal) -> Self:
        """Of every row whose novelty is at most the threshold."""
        known = held_out.novelty <= novelty_threshold
        order = np.argsort(-held_out.confidence[known], kind="stable")
        ranked = held_out.confidence[known][order]
        outside = held_out.outside
        return cls(
            goal=goal,
            confidence=ranked,
            wrong=np.cumsum(~held_out.correct[known][order], dtype=np.int64),
            closing=np.searchsorted(-ranked, -ranked, side="right").astype(np.int64),
            inside=len(held_out),
            outside=outside.confidence[outside.novelty <= novelty_threshold],
            outside_rows=len(outside),
        )

    def __len__(self) -> int:
        return len(self.confidence)

    def lowest_threshold(self) -> float | None:
        """The confidence of the last row that may still be decided automatically; none where the promise fails."""
        ladder = make_ladder(len(self), self.goal.target_error, self.goal.confidence)
        rung = ladder.descend(self._holds) if ladder else None
        return None if ladder is None or rung is None else float(self.confidence[ladder.rows[rung] - 1])

    def _holds(self, rank: int, risk: float) -> bool:
        """Whether the surest `rank` rows, and those tied with the last, keep the goal; wrong at most at this risk.

        Among rows above a fixed confidence the errors are binomial. At a fixed rank they are at least as many as that
        where the promise is broken, provided that errors do not get rarer as confidence falls.
        """
        rows = int(self.closing[rank - 1])
        errors, allowed = int(self.wrong[rows - 1]), self.goal.target_error
        if not self.goal.outside_share:
            return chance_of_so_few(errors, rows, allowed) <= risk
        allowed = self._allowed_inside(rows, risk)
        return allowed > 0.0 and chance_of_so_few(errors, rows, allowed) <= _FOR_INSIDE * risk

    def _allowed_inside(self, rows: int, risk: float) -> float:
        """The error among automatic decisions inside the taxonomy that leaves room for those outside.

        With shares s outside, and a and b automatic inside and outside, the error e inside must keep
        (1-s) a e + s b <= target ((1-s) a + s b). Taken with a bound from below for a and from above for b.
        """
        share, target = self.goal.outside_share, self.goal.target_error
        let_in = int((self.outside >= self.confidence[rows - 1]).sum())
        automatic = lower_bound(rows, self.inside, 1.0 - _FOR_SHARE * risk)
        outside = upper_bound(let_in, self.outside_rows, 1.0 - _FOR_OUTSIDE * risk)
        return target - share / (1.0 - share) * outside / automatic * (1.0 - target)
