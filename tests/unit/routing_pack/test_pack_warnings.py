"""Warnings: what a pack may do and had better not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from routing.adapters.pack import PackError, check_path

Write = Callable[..., Path]


@pytest.fixture
def warnings(tmp_path: Path, write: Write) -> Callable[[dict[str, Any]], list[PackError]]:
    """The warnings for these files, which must hold no error."""

    def check(files: dict[str, Any]) -> list[PackError]:
        result = check_path(write(tmp_path, files))
        assert result.errors == []
        return result.warnings

    return check


def test_the_same_message_twice_under_one_type(files: Any, warnings: Any) -> None:
    files["taxonomy/cards.toml"]["issue_type"][0]["examples"][5] = " Lost card QUESTION 2 "
    [warning] = warnings(files)
    assert warning.path == "issue_type[key=card_lost].examples[5]"
    assert "issue_type[key=card_lost].examples[2] is the same" in warning.allowed


def test_few_messages(files: Any, warnings: Any) -> None:
    issue_type = files["taxonomy/cards.toml"]["issue_type"][0]
    issue_type["examples"], issue_type["held_out"] = issue_type["examples"][:7], []
    assert [(w.path, w.value) for w in warnings(files)] == [
        ("issue_type[key=card_lost].examples", "7 messages"),
        ("issue_type[key=card_lost].held_out", "0 messages"),
    ]


def test_no_messages_outside_the_taxonomy(files: Any, warnings: Any) -> None:
    del files["outside.toml"]
    assert [(w.file, w.path) for w in warnings(files)] == [
        ("outside.toml", "outside.calibration"),
        ("outside.toml", "outside.held_out"),
    ]


def test_a_skill_that_no_issue_type_needs(files: Any, warnings: Any) -> None:
    files["floor.toml"]["cop"][0]["skills"]["juggling"] = 0.5
    [warning] = warnings(files)
    assert (warning.path, warning.value) == ("cop[id=ann].skills", '"juggling"')
    assert "cards, payments" in warning.allowed


def test_a_market_language_that_no_cop_speaks(files: Any, warnings: Any) -> None:
    del files["floor.toml"]["cop"][1]["languages"]["cy"]
    [warning] = warnings(files)
    assert (warning.path, warning.value) == ("market[key=gb].languages[1]", '"cy"')


def test_a_cop_who_speaks_no_language_of_their_markets(files: Any, warnings: Any) -> None:
    files["floor.toml"]["cop"].append({**files["floor.toml"]["cop"][0], "id": "cy", "languages": {"ja": 1.0}})
    [warning] = warnings(files)
    assert warning.path == "cop[id=cy].languages"


def test_a_cop_with_no_room(files: Any, warnings: Any) -> None:
    files["floor.toml"]["cop"][1]["capacity"] = {"chat": 0}
    [warning] = warnings(files)
    assert (warning.path, warning.value) == ("cop[id=bea].capacity", "{ chat = 0 }")


def test_a_skill_that_nobody_on_shift_has_in_open_hours(files: Any, warnings: Any) -> None:
    for cop in files["floor.toml"]["cop"]:
        cop["shift"]["end"] = "15:00"
    files["floor.toml"]["cop"][1]["shift"]["end"] = "17:00"
    del files["floor.toml"]["cop"][1]["skills"]["payments"]
    found = {(w.path, w.value): w.allowed for w in warnings(files)}
    late = "payments: nobody on shift in 4 of 16 open hours"
    assert found.keys() == {
        ("market[key=gb].opening", late),
        ("market[key=ie].opening", late),
        ("market[key=ie].opening", "cards: nobody on shift in 4 of 16 open hours"),
    }
    assert "mon 15:00" in found[("market[key=gb].opening", late)]


def test_a_cop_of_two_matching_groups(files: Any, warnings: Any) -> None:
    files["floor.toml"]["market"][1]["matching_group"] = "apart"
    [warning] = warnings(files)
    assert (warning.path, warning.value) == ("cop[id=ann].markets", '["gb", "ie"]')
    assert "apart, islands" in warning.allowed


def test_holidays_that_close_nothing(files: Any, warnings: Any) -> None:
    files["floor.toml"]["market"][0]["holidays"] = ["2026-12-25"]
    [warning] = warnings(files)
    assert warning.path == "market[key=gb].holidays"
    assert 'outside_hours = "wait"' in warning.allowed
    files["floor.toml"]["overflow"] = {"outside_hours": "wait"}
    assert warnings(files) == []
