"""What happens when: one seed draws every deed, every death and every clock."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from builders import NOON

MOST_NESTED = 2
LONGEST_FUSES = (4, 20, 80)


class Crash(BaseException):
    """The process is gone in the middle of what it did; no code of the product may catch this."""


class Broken(BaseException):
    """A promise was broken. Not an Exception, so that nothing swallows it on the way up."""


def require(holds: bool, what: str) -> None:
    """Broken, unless it holds."""
    if not holds:
        raise Broken(what)


class Planted(Exception):
    """A failure that a part was told to have."""


@dataclass(slots=True)
class Actor:
    """A process of the installation: its clock runs `ahead_seconds` of true time, and it may die and come back."""

    name: str
    rebuild: Callable[[], None] = lambda: None
    ahead_seconds: float = 0.0
    dead: bool = False


@dataclass(slots=True)
class Frame:
    """What an actor is doing now, and after how many more steps it dies; None: it does not. `erases`: a customer."""

    actor: Actor
    fuse: int | None
    erases: str | None = None


@dataclass(slots=True)
class Fate:
    """The seed's random numbers, the true time, and who is acting.

    `step` is a place where the acting process may die; `seam` one where others may act meanwhile as well. `crowd`:
    the threads of the acting process, where it has several; `shared`: how often a writer left its commit to another;
    `gathered`: how many requests were carried out with others, as one set.
    """

    seed: int
    random: Random = field(init=False)
    now: datetime = NOON
    story: list[str] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    writing: int = 0
    calm: bool = True
    quiet: bool = False
    steps: int = 0
    crashes: int = 0
    shared: int = 0
    gathered: int = 0
    crowd: Any = None
    meanwhile: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.random = Random(self.seed)

    def chance(self, probability: float) -> bool:
        """Never in calm weather."""
        return not self.calm and self.random.random() < probability

    def passes(self, seconds: float) -> None:
        """True time goes on."""
        self.now += timedelta(seconds=seconds)

    @property
    def elapsed(self) -> float:
        """Seconds since the day began."""
        return (self.now - NOON).total_seconds()

    def tell(self, line: str) -> None:
        """Add to what is printed when a promise breaks; the calm end of a day is not told."""
        if self.quiet:
            return
        self.story.append(f"{'  ' * len(self.frames)}{line}")

    def step(self, place: str) -> None:
        """Die here, if it is time; else another thread of the process may go on."""
        self.steps += 1
        frame = self.frames[-1] if self.frames else None
        if frame is None or frame.actor.dead:
            return
        if frame.fuse is not None:
            self._burn(frame, place)
        if self.crowd is not None:
            self.crowd.step()

    def _burn(self, frame: Frame, place: str) -> None:
        frame.fuse = (frame.fuse or 0) - 1
        if frame.fuse <= 0:
            frame.actor.dead = True
            self.crashes += 1
            self.tell(f"{frame.actor.name} dies at: {place}")
            raise Crash(place)

    def seam(self, place: str, probability: float = 0.06) -> None:
        """Die here, or let somebody else act; never within a transaction that writes, for SQLite has one writer."""
        self.step(place)
        if self.writing == 0 and len(self.frames) < MOST_NESTED and self.chance(probability):
            self.tell(f"meanwhile, at: {place}")
            self.meanwhile()

    def fuse(self) -> int | None:
        """After how many steps the next deed's process dies."""
        return self.random.randint(1, self.random.choice(LONGEST_FUSES)) if self.chance(0.3) else None


@dataclass(frozen=True, slots=True)
class ActorsClock:
    """ports.Clock: true time as the actor's machine has it; it moves a little with every look."""

    fate: Fate
    actor: Actor

    def now(self) -> datetime:
        self.fate.passes(0.0001)
        return self.fate.now + timedelta(seconds=self.actor.ahead_seconds)


class SeededIds:
    """ports.Ids: as the real ones sort by time, from the seed's own randomness."""

    def __init__(self, fate: Fate, clock: ActorsClock) -> None:
        self._fate, self._clock, self._last = fate, clock, 0

    def new(self) -> str:
        milliseconds = int(self._clock.now().timestamp() * 1_000)
        self._last = max(self._last + 1, milliseconds << 40 | self._fate.random.getrandbits(40))
        return f"{self._last:024x}"
