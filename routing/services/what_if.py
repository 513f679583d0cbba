"""Asking what-if questions: one at a time, with progress, a time limit, and an end whenever somebody wants it."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from routing.domain.errors import Invalid, NotFound, Refused, Unavailable
from routing.domain.market import Markets
from routing.domain.outlook import FloorNow, Outlook
from routing.domain.what_if import DaysDone, OfferedFloor, OfferedPolicy, Question, RunState, WhatIfId, WhatIfRun
from routing.domain.what_if_answer import Answer
from routing.ports import Clock, Ids, Simulation, Simulator, WhatIfRuns

log = logging.getLogger(__name__)
_NO_ANSWER = "the simulation ended without an answer; the service's log says more"


STOP_SECONDS = 5.0
FORESIGHT_SECONDS = 12.0
"""Somebody waits for it in front of a page."""


@dataclass(slots=True)
class _Running:
    """The question being answered; `ending`: how somebody ended it; `over`: that its end is written."""

    run: WhatIfRun
    simulation: Simulation
    ending: tuple[RunState, str] | None = None
    over: threading.Event = field(default_factory=threading.Event)


class WhatIfDesk:
    """Takes questions to the simulated floors. `holder` names this process; its end is the end of what it runs."""

    def __init__(  # noqa: PLR0913, PLR0917 - the composition root names each
        self, simulator: Simulator, runs: WhatIfRuns, clock: Clock, ids: Ids, holder: str, limit_seconds: float
    ) -> None:
        self._simulator, self._runs, self._clock, self._ids = simulator, runs, clock, ids
        self._holder, self._limit_seconds = holder, limit_seconds
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._closed = False
        self._tell_interrupted()

    @property
    def limit_seconds(self) -> float:
        """How long one question may take."""
        return self._limit_seconds

    def now(self) -> datetime:
        """The time that questions are dated by: the real one, also where a floor's clock runs faster."""
        return self._clock.now()

    def floors(self, within: Markets = None) -> Sequence[OfferedFloor]:
        """The floors that can be asked about; a team's own only by those who may see every market."""
        return [floor for floor in self._simulator.floors() if within is None or not floor.own]

    def policies(self) -> Sequence[OfferedPolicy]:
        """The policies that can be asked about."""
        return self._simulator.policies()

    def foresee(self, before: FloorNow, after: FloorNow) -> Outlook:
        """What the next 15 minutes of two floors bring; Unavailable where that cannot be told in time."""
        return self._simulator.foresee(before, after, FORESIGHT_SECONDS)

    def ask(self, question: Question, by: str, within: Markets = None) -> WhatIfRun:
        """Begin to answer; Invalid for a wrong question, Refused while another is being answered."""
        floors = [floor.key for floor in self.floors(within)]
        if question.floor not in floors:
            raise Invalid("floor", question.floor, f"one of {', '.join(floors)}")
        self._simulator.check(question)
        with self._lock:
            if self._closed:
                raise Refused("the service is stopping; ask again when it has started")
            if self._running is not None:
                raise Refused("one what-if runs at a time, and another is running: wait for it, or cancel it")
            run = WhatIfRun(WhatIfId(self._ids.new()), question, by, self._clock.now(), self._holder)
            running = self._running = _Running(run, self._simulator.begin(question))
        self._runs.save(run)
        threading.Thread(target=self._follow, args=(running,), name="what-if", daemon=True).start()
        return run

    def cancel(self, id: WhatIfId, by: str, within: Markets = None) -> None:
        """End a running question; one that is over stays as it is. NotFound for an unknown id."""
        self.find(id, within)
        self._end(id, RunState.CANCELLED, f"cancelled by {by}")

    def find(self, id: WhatIfId, within: Markets = None) -> WhatIfRun:
        """One question; NotFound when it is not kept."""
        found = next((run for run in self.newest(within) if run.id == id), None)
        if found is None:
            raise NotFound("what-if", id)
        return found

    def newest(self, within: Markets = None) -> list[WhatIfRun]:
        """What was asked, newest first; of floors that whoever looks may ask about."""
        runs = self._runs.newest()
        if within is None:
            return runs
        floors = {floor.key for floor in self.floors(within)}
        return [run for run in runs if run.question.floor in floors]

    def stop(self) -> None:
        """End what runs, and wait a little until that is written: the service stops."""
        with self._lock:
            self._closed, running = True, self._running
        if running is not None:
            self._end(running.run.id, RunState.INTERRUPTED, "the service was stopped")
            running.over.wait(STOP_SECONDS)

    def _end(self, id: WhatIfId, state: RunState, why: str) -> None:
        with self._lock:
            running = self._running
            if running is None or running.run.id != id or running.ending is not None:
                return
            running.ending = (state, why)
        running.simulation.stop()

    def _follow(self, running: _Running) -> None:
        """Take in what a simulation tells, until it is over; a thread of its own."""
        minutes = f"{self._limit_seconds / 60:g} minutes"
        late = (running.run.id, RunState.FAILED, f"it took longer than {minutes}: ask for fewer days")
        timer = threading.Timer(self._limit_seconds, self._end, late)
        timer.daemon = True
        timer.start()
        try:
            self._take_in(running)
        finally:
            timer.cancel()
            running.simulation.stop()
            self._close(running)

    def _close(self, running: _Running) -> None:
        try:
            self._runs.save(running.run)
        finally:
            with self._lock:
                self._running = None
            running.over.set()

    def _take_in(self, running: _Running) -> None:
        why = _NO_ANSWER
        try:
            for news in running.simulation.news():
                running.run = self._with(running.run, news)
                self._runs.save(running.run)
        except Unavailable as error:
            why = str(error)
        except Exception:
            log.exception("a what-if was not answered")
        if running.run.is_running:
            state, said = running.ending or (RunState.FAILED, why)
            running.run = running.run.ended(state, self._clock.now(), said)

    def _with(self, run: WhatIfRun, news: DaysDone | Answer) -> WhatIfRun:
        if isinstance(news, DaysDone):
            return run.progressed(news.done, news.total)
        return run.finished(news, self._clock.now())

    def _tell_interrupted(self) -> None:
        for run in self._runs.newest():
            if run.is_running and run.holder != self._holder:
                why = "the service stopped before it was answered: ask again"
                self._runs.save(run.ended(RunState.INTERRUPTED, self._clock.now(), why))
