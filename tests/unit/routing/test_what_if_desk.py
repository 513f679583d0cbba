"""The desk for what-if questions: one at a time, progress, every way to end, and what is kept."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from builders import NOON, FrozenClock
from simulators import QUESTION, ScriptedSimulator, make_answer

from routing.adapters.system import SortableIds
from routing.adapters.what_if_files import WhatIfFiles
from routing.domain.errors import Invalid, NotFound, Refused, Unavailable
from routing.domain.what_if import DaysDone, OtherPolicy, Promotion, Question, RunState, Training, WhatIfId, WhatIfRun
from routing.domain.what_if_answer import Answer
from routing.services.what_if import WhatIfDesk

PATIENCE_SECONDS = 20


@pytest.fixture
def simulator() -> ScriptedSimulator:
    return ScriptedSimulator()


@pytest.fixture
def files(tmp_path: Path) -> WhatIfFiles:
    return WhatIfFiles(tmp_path / "what-if")


def make_desk(simulator: ScriptedSimulator, files: WhatIfFiles, holder: str = "me", limit: float = 600) -> WhatIfDesk:
    clock = FrozenClock(NOON)
    return WhatIfDesk(simulator, files, clock, SortableIds(clock), holder, limit)


def until(found: Callable[[], bool]) -> None:
    """Wait for another thread, however busy the machine is."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not found():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def ended(desk: WhatIfDesk, run: WhatIfRun) -> WhatIfRun:
    until(lambda: not desk.find(run.id).is_running)
    return desk.find(run.id)


def test_a_question_is_answered_and_its_progress_told(simulator: ScriptedSimulator, files: WhatIfFiles) -> None:
    desk = make_desk(simulator, files)
    run = desk.ask(QUESTION, "mona")
    simulator.begun[-1].said.put(DaysDone(1, 4))
    until(lambda: desk.find(run.id).done == 1)
    simulator.begun[-1].said.put(make_answer())
    simulator.begun[-1].said.put(None)
    found = ended(desk, run)
    assert (found.state, found.answer, found.asked_by, found.done) == (RunState.FINISHED, make_answer(), "mona", 4)


def test_a_second_question_waits_until_the_first_is_over(simulator: ScriptedSimulator, files: WhatIfFiles) -> None:
    desk = make_desk(simulator, files)
    run = desk.ask(QUESTION, "mona")
    with pytest.raises(Refused, match="another is running"):
        desk.ask(QUESTION, "mick")
    desk.cancel(run.id, "mick")
    ended(desk, run)
    until(lambda: asks(desk))
    assert len(simulator.begun) == 2


def asks(desk: WhatIfDesk) -> bool:
    try:
        desk.ask(QUESTION, "mick")
    except Refused:
        return False
    return True


def test_a_cancelled_question_stops_its_simulation_and_says_who(
    simulator: ScriptedSimulator, files: WhatIfFiles
) -> None:
    desk = make_desk(simulator, files)
    run = desk.ask(QUESTION, "mona")
    desk.cancel(run.id, "mick")
    found = ended(desk, run)
    assert (found.state, found.why) == (RunState.CANCELLED, "cancelled by mick")
    assert simulator.begun[-1].stopped


def test_cancelling_what_is_over_changes_nothing(simulator: ScriptedSimulator, files: WhatIfFiles) -> None:
    desk = make_desk(simulator, files)
    run = desk.ask(QUESTION, "mona")
    simulator.begun[-1].said.put(make_answer())
    simulator.begun[-1].said.put(None)
    ended(desk, run)
    desk.cancel(run.id, "mick")
    assert desk.find(run.id).state is RunState.FINISHED
    with pytest.raises(NotFound):
        desk.cancel(WhatIfId("nobody-asked"), "mick")


def test_a_question_that_takes_too_long_is_ended(simulator: ScriptedSimulator, files: WhatIfFiles) -> None:
    desk = make_desk(simulator, files, limit=0.05)
    found = ended(desk, desk.ask(QUESTION, "mona"))
    assert found.state is RunState.FAILED
    assert found.why.endswith("ask for fewer days")
    assert simulator.begun[-1].stopped


@pytest.mark.parametrize(
    ("said", "why"), [(Unavailable("the simulation failed: no memory"), "no memory"), (None, "without an answer")]
)
def test_a_simulation_that_fails_says_why(
    simulator: ScriptedSimulator, files: WhatIfFiles, said: Unavailable | None, why: str
) -> None:
    desk = make_desk(simulator, files)
    run = desk.ask(QUESTION, "mona")
    simulator.begun[-1].said.put(said)
    found = ended(desk, run)
    assert found.state is RunState.FAILED
    assert why in found.why


def test_a_wrong_question_is_refused_and_nothing_is_kept(simulator: ScriptedSimulator, files: WhatIfFiles) -> None:
    desk = make_desk(simulator, files)
    with pytest.raises(Invalid, match="floor"):
        desk.ask(replace(QUESTION, floor="../../etc/passwd"), "mona")
    assert desk.newest() == []
    assert simulator.begun == []


def test_stopping_the_service_interrupts_what_runs(simulator: ScriptedSimulator, files: WhatIfFiles) -> None:
    desk = make_desk(simulator, files)
    run = desk.ask(QUESTION, "mona")
    desk.stop()
    assert desk.find(run.id).state is RunState.INTERRUPTED
    assert simulator.begun[-1].stopped
    with pytest.raises(Refused, match="stopping"):
        desk.ask(QUESTION, "mona")


def test_a_service_that_died_leaves_an_interrupted_question(simulator: ScriptedSimulator, files: WhatIfFiles) -> None:
    files.save(WhatIfRun(WhatIfId("w1"), QUESTION, "mona", NOON, "another process", done=1, total=4))
    found = make_desk(simulator, files).find(WhatIfId("w1"))
    assert found.state is RunState.INTERRUPTED
    assert "ask again" in found.why


def test_the_oldest_questions_go_and_a_broken_file_is_passed_by(tmp_path: Path) -> None:
    files = WhatIfFiles(tmp_path, most=2)
    for id in ("w1", "w2", "w3"):
        files.save(WhatIfRun(WhatIfId(id), QUESTION, "mona", NOON, "me").finished(make_answer(), NOON))
    (tmp_path / "w3.json").write_text("{broken")
    assert [run.id for run in files.newest()] == ["w2"]
    assert not (tmp_path / "w1.json").exists()


def test_questions_and_answers_read_as_they_were_written() -> None:
    changes = (*QUESTION.changes, Training(0, 3), Promotion("10:00", 30.0, 2.5), OtherPolicy("gcmu"))
    asked = replace(QUESTION, changes=changes)
    assert Question.of(json.loads(json.dumps(asked.as_dict()))) == asked
    assert Answer.of(json.loads(json.dumps(make_answer().as_dict()))) == make_answer()


def test_a_team_s_own_floor_is_for_those_who_see_every_market(simulator: ScriptedSimulator, files: WhatIfFiles) -> None:
    simulator.own = ("yesterday",)
    desk, own = make_desk(simulator, files), replace(QUESTION, floor="yesterday")
    some = frozenset({"uk"})
    assert [floor.key for floor in desk.floors(some)] == ["small"]
    with pytest.raises(Invalid, match="allowed: one of small"):
        desk.ask(own, "mona", some)
    run = desk.ask(own, "root")
    assert desk.newest(some) == []
    with pytest.raises(NotFound):
        desk.cancel(run.id, "mona", some)
    desk.cancel(run.id, "root")
    assert ended(desk, run).state is RunState.CANCELLED


@pytest.mark.parametrize("wrong", [{"days": 0}, {"days": 21}, {"changes": ()}, {"changes": QUESTION.changes * 9}])
def test_a_question_is_held_to_its_limits(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid, match="allowed"):
        replace(QUESTION, **wrong)
