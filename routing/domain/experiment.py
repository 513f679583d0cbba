"""A switchback experiment's schedule: which of two policies a market goes by in a block of time."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from routing.domain.errors import Invalid

PROPENSITY = 0.5
"""Of two neighbouring blocks one goes by each policy, and a fair draw says which: time of day falls out."""


class Arm(StrEnum):
    """The two policies."""

    A = "a"
    B = "b"


@dataclass(frozen=True, slots=True)
class Turn:
    """One block of one market. `propensity`: the probability with which it got this arm, 0-1."""

    market: str
    block: int
    arm: Arm
    propensity: float

    @property
    def pair(self) -> int:
        """Two neighbouring blocks are a pair and have different arms."""
        return self.block // 2


@dataclass(frozen=True, slots=True)
class Experiment:
    """Blocks of `block_minutes` counted from 1970, drawn by `seed`; the first `settling_minutes` are not analysed.

    Markets that share COps touch one another: give them one name, that of their matching group.
    """

    seed: int
    block_minutes: int = 60
    settling_minutes: int = 15

    def __post_init__(self) -> None:
        if not 5 <= self.block_minutes <= 10_080:
            raise Invalid("experiment.block_minutes", self.block_minutes, "5 to 10080")
        if not 0 <= self.settling_minutes < self.block_minutes:
            raise Invalid("experiment.settling_minutes", self.settling_minutes, f"0 to {self.block_minutes - 1}")

    def turn(self, market: str, at: datetime) -> Turn:
        """Who decides for `market` at an aware time; the same arguments give the same answer everywhere."""
        block = self.block(at)
        first = _bit(f"{self.seed}|{market}|{block // 2}")
        return Turn(market, block, Arm.B if first ^ (block % 2 == 1) else Arm.A, PROPENSITY)

    def block(self, at: datetime) -> int:
        """The number of the block that holds an aware time."""
        return (at - _EPOCH) // timedelta(minutes=self.block_minutes)

    def settled(self, at: datetime) -> bool:
        """Whether the block is old enough at an aware time that the one before no longer shows."""
        begin = _EPOCH + self.block(at) * timedelta(minutes=self.block_minutes)
        return at - begin >= timedelta(minutes=self.settling_minutes)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _bit(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 1
