"""The process that answers a question, seen from the one that asks."""

import json
import multiprocessing
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from routing.domain.errors import Unavailable
from routing.domain.outlook import FloorNow, Outlook
from routing.domain.what_if import DaysDone, OfferedFloor, OfferedPolicy, Question
from routing.domain.what_if_answer import Answer
from simulation.questions.answering import answer, look_ahead
from simulation.questions.offered import floors, policies
from simulation.questions.reading import Files, contenders_for

_LONGEST_GOODBYE_SECONDS = 5.0


class FloorSimulator:
    """The floors of the package, and a team's own; `files` tells what may be asked about now beside the package's."""

    def __init__(self, files: Callable[[], Files] = Files) -> None:
        self._files = files
        self._ahead = threading.Lock()

    def floors(self) -> Sequence[OfferedFloor]:
        """Every floor."""
        return floors(self._files().floors)

    def policies(self) -> Sequence[OfferedPolicy]:
        """The named policies, then the files."""
        return policies(self._files().policies)

    def check(self, question: Question) -> None:
        """Invalid names the place, the value and what is allowed."""
        contenders_for(question, self._files())

    def begin(self, question: Question) -> "FloorProcess":
        """Start to answer."""
        return FloorProcess({"question": question.as_dict(), "files": self._files().as_dict()})

    def foresee(self, before: FloorNow, after: FloorNow, seconds: float) -> Outlook:
        """The next 15 minutes of both; Unavailable where that takes longer than `seconds`, or another one runs."""
        if not self._ahead.acquire(blocking=False):
            raise Unavailable("another change is being simulated; try again in a moment")
        try:
            return _foreseen([before.as_dict(), after.as_dict()], seconds)
        finally:
            self._ahead.release()


class FloorProcess:
    """One child process. It ends by itself with the connection, so with this process, however that dies."""

    def __init__(self, order: Mapping[str, Any]) -> None:
        spawning = multiprocessing.get_context("spawn")
        self._here, there = spawning.Pipe()
        self._child = spawning.Process(target=answer, args=(there, order), name="what-if", daemon=True)
        self._child.start()
        # The child's end is the child's alone, or its death would not close it.
        there.close()

    def news(self) -> Iterator[DaysDone | Answer]:
        """What the child says; Unavailable where it says what is wrong. Ends when the child is gone."""
        while True:
            try:
                said = self._here.recv_bytes()
            except (EOFError, OSError):
                return
            found = _news(json.loads(said))
            yield found
            if isinstance(found, Answer):
                return

    def stop(self) -> None:
        """Kill the child, whatever it does: it holds nothing that could be left half done."""
        self._child.kill()
        self._child.join(_LONGEST_GOODBYE_SECONDS)


def _foreseen(floors: Sequence[Mapping[str, Any]], seconds: float) -> Outlook:
    spawning = multiprocessing.get_context("spawn")
    here, there = spawning.Pipe()
    child = spawning.Process(target=look_ahead, args=(there, floors), name="foresight", daemon=True)
    child.start()
    there.close()
    try:
        if not here.poll(seconds):
            raise Unavailable(f"simulating this floor takes longer than {seconds:g} seconds")
        said = json.loads(here.recv_bytes())
    except (EOFError, OSError) as gone:
        raise Unavailable("the simulation ended without an answer; the service's log says more") from gone
    finally:
        child.kill()
        child.join(_LONGEST_GOODBYE_SECONDS)
    if "answer" not in said:
        raise Unavailable(str(said.get("error", "the simulation said what nobody understands")))
    return Outlook.of(said["answer"])


def _news(said: Mapping[str, Any]) -> DaysDone | Answer:
    match said:
        case {"done": int(done), "total": int(total)}:
            return DaysDone(done, total)
        case {"answer": document}:
            return Answer.of(document)
        case _:
            raise Unavailable(str(said.get("error", "the simulation said what nobody understands")))
