"""A simulator whose pace and answer the test controls."""

import queue
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from routing.domain.errors import Invalid, Unavailable
from routing.domain.outlook import FloorNow, Outlook
from routing.domain.what_if import Absence, DaysDone, OfferedFloor, OfferedPolicy, Question
from routing.domain.what_if_answer import Answer, Better, Changed, Course, Estimate, Unit
from simulation.foresight import foresee

FLOOR = OfferedFloor("small", "Forty COps.", 40, 9 * 3600.0, 8.0, ("en", "es"), ("fraud", "family 1"))
QUESTION = Question("small", "pointsman", 2, (Absence("12:00", 60.0, 10, 1, "es"),))


def make_answer(gap: Estimate | None = None, days: tuple[int, ...] = (10, 11)) -> Answer:
    """Abandonment before and after, by default clearly worse."""
    figure = Changed(
        "abandonment",
        "Abandonment",
        Unit.SHARE,
        Better.LOWER,
        Estimate(0.02, 0.01, 0.03),
        Estimate(0.05, 0.04, 0.06),
        gap or Estimate(0.03, 0.02, 0.04),
    )
    course = Course("Abandonment", Unit.SHARE, ((32_400.0, 0.01, 0.02), (36_000.0, 0.02, 0.06)))
    return Answer(days, (figure,), (course,))


class ScriptedSimulation:
    """Tells what the test puts in; None is its end."""

    def __init__(self) -> None:
        self.said: queue.Queue[DaysDone | Answer | Unavailable | None] = queue.Queue()
        self.stopped = 0

    def news(self) -> Iterator[DaysDone | Answer]:
        while (said := self.said.get(timeout=30)) is not None:
            if isinstance(said, Unavailable):
                raise said
            yield said

    def stop(self) -> None:
        self.stopped += 1
        self.said.put(None)


class ScriptedSimulator:
    """Offers one floor and two policies; what it begins is `begun[-1]`."""

    def __init__(self, *policies: str) -> None:
        self.begun: list[ScriptedSimulation] = []
        self.own: tuple[str, ...] = ()
        self.late = False
        self.foreseen: list[tuple[FloorNow, FloorNow]] = []
        self._policies = policies or ("pointsman", "longest_idle")

    def floors(self) -> Sequence[OfferedFloor]:
        return (FLOOR, *(replace(FLOOR, key=name, own=True) for name in self.own))

    def policies(self) -> Sequence[OfferedPolicy]:
        return tuple(OfferedPolicy(name, f"{name}, described") for name in self._policies)

    def check(self, question: Question) -> None:
        for at, change in enumerate(each for each in question.changes if isinstance(each, Absence)):
            if change.start >= "17:00":
                raise Invalid(f"absences[{at}].start", change.start, "a time from 09:00 to before 17:00")

    def foresee(self, before: FloorNow, after: FloorNow, seconds: float) -> Outlook:
        """What the simulation finds, here and now."""
        self.foreseen.append((before, after))
        if self.late:
            raise Unavailable(f"simulating this floor takes longer than {seconds:g} seconds")
        return foresee(before, after)

    def begin(self, question: Question) -> Any:
        self.begun.append(ScriptedSimulation())
        return self.begun[-1]
