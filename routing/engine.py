"""The service's heartbeat: triage, matching and deadlines, each in a supervised loop of its own."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from routing.services.failures import told

log = logging.getLogger(__name__)
LONGEST_BACKOFF_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Loop:
    """One thing done again and again: `step` returns True when there is more to do at once.

    `pause_seconds` is the wait between two rounds without work, in real seconds. `ailing` tells what is wrong within
    although the step goes on; empty where nothing is.
    """

    name: str
    step: Callable[[], bool]
    pause_seconds: float
    ailing: Callable[[], str] = str


@dataclass(slots=True)
class _Pulse:
    """How one loop fares; failures are counted since the last success."""

    beats: int = 0
    failures: int = 0
    last_error: str | None = None


class Engine:
    """Runs loops in threads until stopped. A step that raises is logged, counted and tried again, never fatal."""

    def __init__(self, loops: tuple[Loop, ...], on_stop: tuple[Callable[[], None], ...] = ()) -> None:
        self._loops = loops
        self._on_stop = on_stop
        self._pulses = {loop.name: _Pulse() for loop in loops}
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin every loop."""
        for loop in self._loops:
            thread = threading.Thread(target=self._run, args=(loop,), name=loop.name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self, timeout_seconds: float = 10.0) -> None:
        """Let every loop finish its step and end, then release what they used."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout_seconds)
        for release in self._on_stop:
            release()

    def health(self) -> Mapping[str, str]:
        """Each loop: "ok", or what it last failed with."""
        return {f"loop {loop.name}": _state(loop, self._pulses[loop.name]) for loop in self._loops}

    def begun(self) -> bool:
        """Whether every loop has ended a round well since the start; once true, true for good."""
        return all(pulse.beats for pulse in self._pulses.values())

    def _run(self, loop: Loop) -> None:
        pulse = self._pulses[loop.name]
        while not self._stopping.is_set():
            pause = self._beat(loop, pulse)
            self._stopping.wait(pause)

    def _beat(self, loop: Loop, pulse: _Pulse) -> float:
        try:
            more = loop.step()
        except Exception as error:  # a supervisor's whole purpose: one bad round must not end the rounds
            pulse.failures += 1
            pulse.last_error = type(error).__name__
            log.error("loop %s failed: %s", loop.name, told(error))
            return min(LONGEST_BACKOFF_SECONDS, 0.1 * 2.0 ** min(pulse.failures, 10))
        pulse.beats, pulse.failures = pulse.beats + 1, 0
        return 0.0 if more else loop.pause_seconds


def _state(loop: Loop, pulse: _Pulse) -> str:
    if pulse.failures:
        return f"failed {pulse.failures} times: {pulse.last_error}"
    return loop.ailing() or "ok"
