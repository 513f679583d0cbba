"""Managers' questions in the words of the simulated floor, and the process that answers them."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from routing.domain.errors import Invalid, Unavailable
from routing.domain.what_if import Absence, OtherPolicy, Promotion, Question, Training
from simulation.questions import Files, FloorSimulator
from simulation.questions.process import FloorProcess
from simulation.questions.reading import contenders_for, document_of

CHANGES = (Absence("12:00", 60.0, 10, 3, "es"), Training(2, 4), Promotion("10:00", 30.0, 2.5))
PATIENCE_SECONDS = 60
ASKER = """
import os
from simulation.questions import FloorSimulator
from simulation.questions.reading import Question
from routing.domain.what_if import Training
if __name__ == "__main__":
    begun = FloorSimulator().begin(Question("peak", "pointsman", 20, (Training(2, 4),)))
    next(begun.news())
    print(begun._child.pid, flush=True)
    os._exit(9)
"""


def ask(*changes: object, floor: str = "small", policy: str = "gcmu") -> Question:
    return Question(floor, policy, 2, changes)  # type: ignore[arg-type]


def test_every_change_is_on_the_changed_floor_and_not_on_the_other() -> None:
    before, after = contenders_for(ask(*CHANGES), Files())
    assert (before.scenario.absences, before.scenario.training, before.scenario.surges) == ((), (), ())
    [absence], [training], [surge] = after.scenario.absences, after.scenario.training, after.scenario.surges
    assert (absence.cops, absence.family, absence.language, absence.start) == (10, 3, "es", 12 * 3600)
    assert (training.family, training.cops) == (2, 4)
    assert (surge.factor, surge.family) == (2.5, -1)
    assert (after.against, after.base) == (0, before.scenario)


def test_another_policy_is_that_of_the_changed_floor_alone(tmp_path: Path) -> None:
    bold = tmp_path / "bold.toml"
    bold.write_text("[matching]\nprice_weight = 2\n")
    before, after = contenders_for(ask(OtherPolicy("bold.toml")), Files({"bold.toml": bold}))
    assert before.choice.policy == "gcmu"
    assert (after.choice.policy, after.choice.tuning.matching) == ("pointsman", {"price_weight": 2})


@pytest.mark.parametrize(
    ("question", "place"),
    [
        (ask(*CHANGES, floor="/etc/passwd"), "floor"),
        (ask(*CHANGES, policy="bold.toml"), "policy"),
        (ask(OtherPolicy("/etc/passwd")), "policy"),
        (ask(OtherPolicy("gcmu"), OtherPolicy("myopic")), "changes"),
        (ask(Absence("17:30", 60.0, 1)), r"absences\[0\].start"),
        (ask(Absence("12:00", 60.0, 1, 99)), r"absences\[0\].family"),
        (ask(Absence("12:00", 60.0, 1, -1, "xx")), r"absences\[0\].language"),
        (ask(Absence("12:00", float("nan"), 1)), r"absences\[0\].minutes"),
        (ask(Training(0, 0)), r"training\[0\].cops"),
        (ask(Promotion("08:59", 60.0, 2.0)), r"surges\[0\].start"),
    ],
)
def test_a_wrong_question_is_refused_by_place(question: Question, place: str) -> None:
    with pytest.raises(Invalid, match=place):
        FloorSimulator().check(question)


def test_two_changes_of_a_kind_are_both_made() -> None:
    assert len(document_of((CHANGES[0], CHANGES[0]))["absences"]) == 2


def test_floors_begin_with_the_smallest_and_policies_with_the_one_that_serves() -> None:
    simulator = FloorSimulator(lambda: Files({"own.toml": Path("own.toml")}))
    assert simulator.floors()[0].key == "small"
    assert (simulator.policies()[0].key, simulator.policies()[-1].key) == ("pointsman", "own.toml")


def test_a_team_s_own_floor_is_offered_and_a_broken_file_is_not(tmp_path: Path) -> None:
    (tmp_path / "yesterday.toml").write_text('description = "Recorded."\n[staff]\ncops = 7\n')
    (tmp_path / "broken.toml").write_text("[staff]\ncops = -1\n")
    simulator = FloorSimulator(lambda: Files(floors={path.stem: path for path in tmp_path.iterdir()}))
    [own] = [floor for floor in simulator.floors() if floor.own]
    assert (own.key, own.cops, own.description) == ("yesterday", 7, "Recorded.")
    simulator.check(ask(CHANGES[0], floor="yesterday"))
    with pytest.raises(Invalid, match=r"staff\.cops"):
        simulator.check(ask(CHANGES[0], floor="broken"))


def test_a_simulation_that_cannot_be_says_why() -> None:
    process = FloorProcess({"question": ask(*CHANGES, floor="gone").as_dict(), "files": Files().as_dict()})
    try:
        with pytest.raises(Unavailable, match="floor is 'gone'"):
            list(process.news())
    finally:
        process.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_simulation_dies_with_whoever_asked() -> None:
    asker = subprocess.run([sys.executable, "-c", ASKER], capture_output=True, text=True, timeout=120, check=False)
    pid = int(asker.stdout)
    end = time.monotonic() + PATIENCE_SECONDS
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < end, "the simulation outlived its asker"
        time.sleep(0.1)
