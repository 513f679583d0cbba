"""A switchback experiment: which of two policies a matching group goes by in a block of time."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from routing.domain.errors import Invalid

PROPENSITY = 0.5
"""Of two neighbouring blocks one goes by each policy, and a fair draw says which: time of day falls out."""

IN_FORCE = "in_force"
"""What the policy is called that the service goes by without an experiment."""


class Arm(StrEnum):
    """The two policies: A is the baseline, B the candidate."""

    A = "a"
    B = "b"


class Way(StrEnum):
    """How an arm decides: the plan of greatest value, or a simpler rule that it is compared with."""

    POLICY = "policy"
    GREEDY = "greedy"
    LONGEST_IDLE = "longest_idle"


@dataclass(frozen=True, slots=True)
class ArmPolicy:
    """What an arm goes by. `values`: a policy file's by table, None for those in force."""

    name: str = IN_FORCE
    way: Way = Way.POLICY
    values: Mapping[str, Mapping[str, object]] | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One block of one matching group. `propensity`: the probability with which it got this arm, 0-1."""

    group: str
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

    `groups` take part, all where it is None: markets that share COps touch one another, so a whole matching group
    switches. Pairs of blocks take part that lie wholly between `starts_at` and `ends_at`. With `spares_fast_lane`
    fraud and vulnerable customers always go by the policy in force, and are not analysed.
    """

    seed: int
    block_minutes: int = 60
    settling_minutes: int = 15
    name: str = "experiment"
    groups: frozenset[str] | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    arms: Mapping[Arm, ArmPolicy] = field(default_factory=lambda: dict.fromkeys(Arm, ArmPolicy()))
    spares_fast_lane: bool = True

    def way_of(self, turn: Turn | None) -> Way:
        """How a tick decides: by a policy where it is nobody's turn."""
        return Way.POLICY if turn is None else self.arms[turn.arm].way

    def __post_init__(self) -> None:
        if not 5 <= self.block_minutes <= 10_080:
            raise Invalid("experiment.block_minutes", self.block_minutes, "5 to 10080")
        if not 0 <= self.settling_minutes < self.block_minutes:
            raise Invalid("experiment.settling_minutes", self.settling_minutes, f"0 to {self.block_minutes - 1}")

    def turn(self, group: str, at: datetime) -> Turn:
        """Who decides for `group` at an aware time; the same arguments give the same answer everywhere."""
        return self.turn_of(group, self.block(at))

    def turn_of(self, group: str, block: int) -> Turn:
        """The same of a block by its number."""
        first = _bit(f"{self.seed}|{group}|{block // 2}")
        return Turn(group, block, Arm.B if first ^ (block % 2 == 1) else Arm.A, PROPENSITY)

    def turn_now(self, group: str, at: datetime) -> Turn | None:
        """The turn of a group at an aware time; None where it does not take part then."""
        if (self.groups is not None and group not in self.groups) or not self.runs(self.block(at)):
            return None
        return self.turn(group, at)

    def runs(self, block: int) -> bool:
        """Whether the whole pair of this block lies within the experiment."""
        first = block // 2 * 2
        starts, ends = self.begin_of(first), self.begin_of(first + 2)
        return (self.starts_at is None or starts >= self.starts_at) and (self.ends_at is None or ends <= self.ends_at)

    def block(self, at: datetime) -> int:
        """The number of the block that holds an aware time."""
        return (at - _EPOCH) // timedelta(minutes=self.block_minutes)

    def begin_of(self, block: int) -> datetime:
        """When a block begins, UTC."""
        return _EPOCH + block * timedelta(minutes=self.block_minutes)

    def settled(self, at: datetime) -> bool:
        """Whether the block is old enough at an aware time that the one before no longer shows."""
        return at - self.begin_of(self.block(at)) >= timedelta(minutes=self.settling_minutes)

    def schedule(self, groups: Iterable[str], since: datetime, until: datetime) -> Iterator[Turn]:
        """Every turn that is under way at some time from `since` to before `until`, by time and group."""
        taking_part = sorted(group for group in groups if self.groups is None or group in self.groups)
        block = self.block(since)
        while self.begin_of(block) < until:
            yield from (self.turn_of(group, block) for group in taking_part if self.runs(block))
            block += 1

    @property
    def pairs(self) -> int | None:
        """How many pairs of blocks each group has; None where it has no beginning or no end."""
        if self.starts_at is None or self.ends_at is None:
            return None
        length = timedelta(minutes=2 * self.block_minutes)
        return max((self.ends_at - _EPOCH) // length + (_EPOCH - self.starts_at) // length, 0)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _bit(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 1
