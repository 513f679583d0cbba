"""Scenario files: read, completed with defaults, and refused with the place, the value and what is allowed."""

import json
from pathlib import Path

import numpy as np
import pytest

from routing.domain.errors import Invalid
from simulation.floor import read_scenario
from simulation.floor.people import draw_people
from simulation.floor.scenario import SCENARIOS, Triage
from simulation.floor.triage import model_of


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def floor_files() -> list[Path]:
    return sorted(path for path in SCENARIOS.glob("*.toml") if path.name != "demo.toml")


@pytest.mark.parametrize("path", floor_files(), ids=lambda path: path.stem)
def test_every_scenario_of_the_package_can_be_read(path: Path) -> None:
    assert read_scenario(path).name == path.stem


def test_a_scenario_says_only_what_differs_from_the_defaults(tmp_path: Path) -> None:
    found = read_scenario(written(tmp_path, "[arrivals]\nload = 1.3\n[staff]\ncops = 40\n"))
    assert (found.name, found.arrivals.load, found.staff.cops, found.hours) == ("mine", 1.3, 40, 8.0)


@pytest.mark.parametrize(
    ("text", "place", "allowed"),
    [
        ("hours = -1", "hours", "from 0.01"),
        ("colour = 'red'", "colour", "one of name"),
        ("weekday = 'someday'", "weekday", "monday"),
        ("[arrivals]\nload = 'much'", "arrivals.load", "a number from 0"),
        ("[arrivals]\nload = nan", "arrivals.load", "a number from 0"),
        ("[arrivals]\nby_hour = [1.0]", "arrivals.by_hour", "a list of 24"),
        ("[arrivals.languages]\nen = 0", "arrivals.languages", "at least one weight above 0"),
        ("[arrivals.languages]\nen = -1", "arrivals.languages.en", "from 0"),
        ("[staff]\nskills = [3, 2]", "staff.skills", "never fall"),
        ("[staff]\ncops = 2.5", "staff.cops", "a whole number"),
        ("[issues]\nfamilies = 2", "staff.skills", "at most the 2 families"),
        ("[[outages]]\nstart = '25:00'\nminutes = 10", "outages[0].start", "a time of day"),
        ("[[outages]]\nminutes = 10", "outages[0].start", "has no default"),
        ("[[surges]]\nstart = '10:00'\nminutes = 9\nfactor = 2\nfamily = 99", "surges[0].family", "at most"),
        ("[[absences]]\nstart = '10:00'\nminutes = 9\ncops = 2\nlanguage = 'xx'", "absences[0].language", "one of en"),
        ("[offers]\ndeclined_share = 0.6\nlapsed_share = 0.5", "offers", "some offers taken"),
        ("warm_up_minutes = 600", "warm_up_minutes", "less than"),
        ("= broken", "mine.toml", "a readable TOML file"),
    ],
)
def test_a_wrong_value_is_refused_by_place_and_with_what_is_allowed(
    tmp_path: Path, text: str, place: str, allowed: str
) -> None:
    with pytest.raises(Invalid) as caught:
        read_scenario(written(tmp_path, text))
    assert place in caught.value.place
    assert allowed in caught.value.allowed


def test_the_demo_of_the_running_service_is_not_taken_for_a_floor() -> None:
    with pytest.raises(Invalid):
        read_scenario(SCENARIOS / "demo.toml")


def confusion_of(tmp_path: Path, document: object) -> np.ndarray:
    (tmp_path / "model.json").write_text(json.dumps(document), encoding="utf-8")
    scenario = read_scenario(written(tmp_path, "[triage]\nconfusion = 'model.json'"))
    return model_of(scenario.triage, draw_people(scenario, 0).kinds).confusion


def test_a_confusion_matrix_is_read_from_a_file_beside_the_scenario(tmp_path: Path) -> None:
    found = confusion_of(tmp_path, {"labels": ["a", "b"], "matrix": [[9, 1], [0, 5]]})
    assert found[0, :2].tolist() == [0.9, 0.1]
    assert found[3, 2:4].tolist() == [0.0, 1.0]
    assert np.allclose(found.sum(axis=1), 1)


def test_the_confusion_of_an_evaluated_model_is_that_of_its_report(tmp_path: Path) -> None:
    classes = [{"issue_type": name, "rows": 10, "recall": 0.8} for name in ("card", "loan", "fee")]
    confusions = [{"issue_type": "card", "taken_for": "fee", "count": 2}]
    found = confusion_of(tmp_path, {"classes": classes, "confusions": confusions})
    assert found[0, :3].tolist() == pytest.approx([0.8, 0.0, 0.2])
    assert found[1, :3].tolist() == pytest.approx([0.1, 0.8, 0.1])


@pytest.mark.parametrize(
    "document", [[], {"labels": ["a"], "matrix": [[1, 2]]}, {"labels": ["a"], "matrix": [[-1]]}, {"classes": 3}]
)
def test_a_confusion_file_that_makes_no_sense_is_refused(tmp_path: Path, document: object) -> None:
    with pytest.raises(Invalid, match=r"triage\.confusion"):
        confusion_of(tmp_path, document)


def test_what_is_believed_is_as_often_right_as_it_says(tmp_path: Path) -> None:
    scenario = read_scenario(written(tmp_path, ""))
    kinds = draw_people(scenario, 0).kinds
    model = model_of(Triage(accuracy=0.8), kinds)
    joint = model.confusion * kinds.share[:, None]
    said = 7
    types, shares = model.types[len(kinds) + said], model.shares[len(kinds) + said]
    expected = joint[types, said] / joint[types, said].sum()
    assert shares.tolist() == pytest.approx(expected.tolist())
    assert model.likeliest[len(kinds) + said] == np.argmax(joint[:, said])
