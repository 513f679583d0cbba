"""The list of planted faults still fits the code, and a fault that nobody notices is told."""

import ast
from pathlib import Path

import pytest

from planted.judging import Outcome
from planted.planting import ROOT, Edit, Fault, NoLongerFits, listed, planted

FAULTS = listed()
FEWEST = 20


def test_there_are_enough_and_each_has_a_name_of_its_own() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= FEWEST


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_what_a_fault_replaces_still_stands_once_and_what_it_plants_is_code(fault: Fault) -> None:
    for path, text in fault.texts(ROOT).items():
        assert text != path.read_text(encoding="utf-8")
        if path.suffix == ".py":
            ast.parse(text)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_the_tests_that_must_notice_exist(fault: Fault) -> None:
    assert fault.tests
    for test in fault.tests:
        file, _, name = test.partition("::")
        assert f"def {name.partition('[')[0]}(" in (ROOT / file).read_text(encoding="utf-8"), test


@pytest.mark.parametrize("text", ["nothing of it", "return True, and again: return True"])
def test_a_fault_that_no_longer_fits_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "gate.py").write_text(text)
    fault = Fault("open gate", (Edit("gate.py", "return True", "return False"),), ())
    with pytest.raises(NoLongerFits, match=r"gate\.py: the old text stands there [02] times"), planted(fault, tmp_path):
        pass
    assert (tmp_path / "gate.py").read_text() == text


def test_a_planted_fault_is_taken_out_again(tmp_path: Path) -> None:
    gate = tmp_path / "gate.py"
    gate.write_text("open = False\n")
    with planted(Fault("open gate", (Edit("gate.py", "False", "True"),), ()), tmp_path):
        assert gate.read_text() == "open = True\n"
    assert gate.read_text() == "open = False\n"


@pytest.mark.parametrize(
    ("report", "missed"),
    [
        ("FAILED tests/a.py::test_one - assert 1 == 2\nFAILED tests/a.py::test_two[x-1]\n", ()),
        ("FAILED tests/a.py::test_one\n", ("tests/a.py::test_two",)),
        ("FAILED tests/a.py::test_one_more - x\nFAILED tests/a.py::test_two[x]\n", ("tests/a.py::test_one",)),
        ("ERROR tests/a.py - SyntaxError\n", ("tests/a.py::test_one", "tests/a.py::test_two")),
    ],
)
def test_only_a_test_that_failed_has_noticed(report: str, missed: tuple[str, ...]) -> None:
    assert Outcome(1, report).missed(("tests/a.py::test_one", "tests/a.py::test_two")) == missed
