"""A measurement that takes hours goes on from what an earlier run left, and never mixes two states of the code."""

from typing import Any

import pytest

from benchmarks.understanding.continued import Continued

ABOUT: dict[str, Any] = {"commit": "aaa", "uncommitted_changes": False, "seed": 0}


def row(accuracy: float) -> dict[str, dict[str, float]]:
    return {"pointsman": {"accuracy": accuracy}, "peer": {"accuracy": accuracy / 2}}


@pytest.fixture
def told() -> dict[str, Any]:
    found = Continued(ABOUT, "draws")
    found.add(0, row(0.8))
    found.add(2, row(0.6))
    return found.told


def test_a_later_run_at_the_same_commit_adds_its_draws(told: dict[str, Any]) -> None:
    later = Continued.of(told, {**ABOUT, "load": 3}, "draws")
    later.add(1, row(0.7))
    assert later.told["draws"] == [0, 2, 1]
    assert later.told["pointsman"]["accuracy"] == {"mean": 0.7, "sd": 0.1, "folds": [0.8, 0.6, 0.7]}
    assert later.told["peer"]["accuracy"]["folds"] == [0.4, 0.3, 0.35]
    assert later.told["load"] == 3


def test_a_draw_measured_again_stands_once(told: dict[str, Any]) -> None:
    later = Continued.of(told, ABOUT, "draws")
    later.add(2, row(0.9))
    assert later.told["draws"] == [0, 2]
    assert later.told["pointsman"]["accuracy"]["folds"] == [0.8, 0.9]


@pytest.mark.parametrize("other", [{"commit": "bbb"}, {"uncommitted_changes": True}])
def test_rows_of_another_state_of_the_code_are_left_out(told: dict[str, Any], other: dict[str, Any]) -> None:
    later = Continued.of(told, {**ABOUT, **other}, "draws")
    later.add(1, row(0.7))
    assert later.told["draws"] == [1]


def test_an_empty_file_is_a_beginning() -> None:
    fresh = Continued.of({}, ABOUT, "folds")
    fresh.add(0, row(0.5))
    assert fresh.told["folds"] == [0]
