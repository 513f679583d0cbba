"""What answers what-if questions, and where they are kept."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from routing.domain.outlook import FloorNow, Outlook
from routing.domain.what_if import DaysDone, OfferedFloor, OfferedPolicy, Question, WhatIfRun
from routing.domain.what_if_answer import Answer


class Simulation(Protocol):
    """One question that is being answered, in a process of its own that dies with this one."""

    def news(self) -> Iterator[DaysDone | Answer]:
        """Waits for what comes; the answer is the last. Unavailable says why there is none."""
        ...

    def stop(self) -> None:
        """End it; `news` ends soon after. May be called from any thread, and again."""
        ...


class Simulator(Protocol):
    """The simulated floors."""

    def floors(self) -> Sequence[OfferedFloor]: ...
    def policies(self) -> Sequence[OfferedPolicy]: ...
    def check(self, question: Question) -> None:
        """Invalid names the place, the value and what is allowed."""
        ...

    def begin(self, question: Question) -> Simulation: ...
    def foresee(self, before: FloorNow, after: FloorNow, seconds: float) -> Outlook:
        """The next 15 minutes of both floors; Unavailable where there is no answer within so many seconds."""
        ...


class WhatIfRuns(Protocol):
    """The newest questions that were asked."""

    def save(self, run: WhatIfRun) -> None:
        """Keep it, new or again; the oldest go when there are too many."""
        ...

    def newest(self) -> list[WhatIfRun]: ...
