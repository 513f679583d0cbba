"""Several requests at once in one process: threads of which one runs at a time, and which one, the seed draws."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, Self

from faults.fate import Actor, Crash, Fate, Frame, require

HAND_OVER = 0.4
GIVE_UP = 0.05
TURN_SECONDS = 0.0005


def always() -> bool:
    """Nothing to wait for."""
    return True


@dataclass(eq=False, slots=True)
class Member:
    """One thread: its own stack of frames, what it waits for, and whether it may give up waiting."""

    frames: list[Frame]
    ready: Callable[[], bool] = always
    impatient: bool = False
    done: bool = False
    failure: BaseException | None = None
    turn: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))


class Crowd:
    """The threads of a process between two moments at which it has one alone; when one dies, all do."""

    def __init__(self, fate: Fate, actor: Actor) -> None:
        self._fate, self._outer = fate, fate.frames
        self.frame = Frame(actor, fate.fuse())
        self._back = threading.Semaphore(0)
        self._running: Member | None = None

    @property
    def outermost(self) -> bool:
        """Whether what is about to be done is one of the crowd's own deeds, not somebody else's meanwhile."""
        return len(self._fate.frames) == len(self._outer)

    def run(self, deeds: Sequence[Callable[[], object]]) -> None:
        """All of them, mixed; what broke a promise, or Crash, is raised when nobody runs any more."""
        members = [Member(list(self._outer)) for _ in deeds]
        for member, deed in zip(members, deeds, strict=True):
            threading.Thread(target=self._live, args=(member, deed), daemon=True).start()
        self._fate.crowd = self
        try:
            while left := [member for member in members if not member.done]:
                self._hand_to(self._drawn(left))
        finally:
            self._fate.crowd, self._fate.frames = None, self._outer
        failures = [member.failure for member in members if member.failure is not None]
        for failure in sorted(failures, key=lambda each: isinstance(each, Crash)):
            raise failure

    def step(self) -> None:
        """Another thread may go on here."""
        frames = self._fate.frames
        if frames and frames[-1] is self.frame and self._fate.chance(HAND_OVER):
            self.pause()

    def pause(self, ready: Callable[[], bool] = always, *, impatient: bool = False) -> None:
        """Let the others go on until it is this thread's turn again; Crash where the process died meanwhile."""
        me = self._running
        if me is None or self.frame.actor.dead:
            raise Crash("nobody is left")
        me.ready, me.impatient = ready, impatient
        self._back.release()
        me.turn.acquire()
        if self.frame.actor.dead:
            raise Crash("with its process")

    def _live(self, member: Member, deed: Callable[[], object]) -> None:
        member.turn.acquire()
        try:
            if not self.frame.actor.dead:
                deed()
        except BaseException as failure:
            member.failure, self.frame.actor.dead = failure, True
        member.done = True
        self._back.release()

    def _drawn(self, left: Sequence[Member]) -> Member:
        if self.frame.actor.dead:
            return left[0]
        ready = [member for member in left if member.ready()]
        impatient = [member for member in left if member.impatient]
        if not ready or (impatient and self._fate.chance(GIVE_UP)):
            ready = impatient
        if not ready:
            self.frame.actor.dead = True
        require(bool(ready), "every thread waits for another one")
        return self._fate.random.choice(ready)

    def _hand_to(self, member: Member) -> None:
        self._fate.passes(TURN_SECONDS)
        self._fate.frames, self._running = member.frames, member
        member.turn.release()
        self._back.acquire()


class SeededLock:
    """A lock as `threading` has it; who waits lets the others go on."""

    def __init__(self, fate: Callable[[], Fate]) -> None:
        self._fate, self._taken = fate, False

    def acquire(self, blocking: bool = True) -> bool:
        if self._taken and not blocking:
            return False
        while self._taken:
            _crowd(self._fate()).pause(lambda: not self._taken)
        self._taken = True
        return True

    def release(self) -> None:
        self._taken = False

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


class SeededEvent:
    """An event as `threading` has it; how long a wait with a limit lasts, the seed draws."""

    def __init__(self, fate: Callable[[], Fate]) -> None:
        self._fate, self._set = fate, False

    def set(self) -> None:
        self._set = True

    def is_set(self) -> bool:
        return self._set

    def wait(self, timeout: float | None = None) -> bool:
        if not self._set:
            _crowd(self._fate()).pause(self.is_set, impatient=timeout is not None)
        return self._set


def seeded(fate: Callable[[], Fate]) -> dict[str, Any]:
    """What stands for the modules `threading` and `time` where requests meet and writers share a commit."""
    return {
        "threading": SimpleNamespace(Lock=lambda: SeededLock(fate), Event=lambda: SeededEvent(fate)),
        "time": SimpleNamespace(monotonic=lambda: fate().elapsed),
    }


def _crowd(fate: Fate) -> Crowd:
    require(fate.crowd is not None, "a thread waits, and there is no other")
    return fate.crowd
