"""The commands `init` and `check`, as their user sees them."""

import json
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from routing.adapters.pack import load_pack
from routing.cli.pack import register


def run(*arguments: object) -> Result:
    app = typer.Typer()
    register(app)
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    folder = tmp_path / "ours"
    assert run("init", folder).exit_code == 0
    return folder


def test_init_writes_the_starter_pack_with_its_schema_and_the_next_command(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "ours"
    result = run("init", folder)
    assert result.exit_code == 0
    assert f"pointsman check {folder}" in result.output
    assert "pointsman check" in (folder / "README.md").read_text()
    assert json.loads((folder / "pack.schema.json").read_text())["$defs"]
    assert (folder / "taxonomy/cards.toml").read_text().startswith("#:schema ../pack.schema.json\n")
    assert (folder / "floor.toml").read_text().startswith("#:schema ./pack.schema.json\n")
    assert load_pack(folder) == load_pack()


def test_init_refuses_a_folder_in_use_and_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    result = run("init", tmp_path)
    assert result.exit_code == 2
    assert f"{tmp_path} is not empty" in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_init_refuses_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run("init", tmp_path / "file")
    assert result.exit_code == 2
    assert "is not a folder" in result.output


def test_check_of_a_good_pack_tells_what_it_holds(edited: Path) -> None:
    result = run("check", edited)
    assert result.exit_code == 0
    assert "can be used: 0 errors, 0 warnings" in result.output
    assert "40 cops" in result.output


def test_check_of_one_good_file_passes(edited: Path) -> None:
    result = run("check", edited / "taxonomy/fraud.toml")
    assert result.exit_code == 0
    assert "6 issue types" in result.output


def test_check_tells_every_error_at_once(edited: Path) -> None:
    cards, floor = edited / "taxonomy/cards.toml", edited / "floor.toml"
    cards.write_text(cards.read_text().replace("priority = 3", "priority = 7", 1))
    floor.write_text(floor.read_text().replace('start = "08:00"', 'start = "8am"', 1))
    result = run("check", edited)
    assert result.exit_code == 1
    assert 'error: floor.toml: cop[id=amara-okafor].shift.start\n  value:   "8am"\n  allowed: a local' in result.output
    assert "error: taxonomy/cards.toml: issue_type[key=" in result.output
    assert "value:   7\n  allowed: a whole number from 1 (most urgent) to 5" in result.output
    assert "cannot be used: 2 errors" in result.output


def test_check_speaks_json(edited: Path) -> None:
    floor = edited / "floor.toml"
    floor.write_text(floor.read_text().replace('"Europe/Dublin"', '"Dublin"', 1))
    result = run("check", edited, "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 1
    assert report["ok"] is False
    assert report["errors"] == [
        {
            "file": "floor.toml",
            "path": "market[key=ie].time_zone",
            "value": '"Dublin"',
            "allowed": report["errors"][0]["allowed"],
        }
    ]
    assert report["errors"][0]["allowed"].startswith("an IANA time zone")
    assert report["warnings"] == []
    assert report["counts"]["cops"] == 40


def test_check_shows_what_happens_while_a_customer_waits(edited: Path) -> None:
    floor = edited / "floor.toml"
    rules = "[overflow]\nbackup_after_seconds = 60\nrelax_at = 0.5\n\n"
    floor.write_text(rules + floor.read_text().replace('key = "gb"', 'key = "gb"\nbackups = ["ie"]', 1))
    output = run("check", edited).output
    assert "While a customer waits:" in output
    assert "back-up markets of gb: one more after every 60 s" in output
    assert "the proficiency asked for falls by 0.05 at 0.5 of the target" in output


def test_warnings_alone_do_not_fail_a_check(edited: Path) -> None:
    (edited / "outside.toml").unlink()
    result = run("check", edited)
    assert result.exit_code == 0
    assert "0 errors, 2 warnings" in result.output
    assert "warning: outside.toml: outside.calibration" in result.output


def test_markup_in_a_file_is_shown_as_it_is(edited: Path) -> None:
    floor = edited / "floor.toml"
    floor.write_text(floor.read_text().replace('key = "gb"', 'key = "[red]gb[/red]"', 1))
    assert '"[red]gb[/red]"' in run("check", edited).output


@pytest.mark.parametrize("arguments", [["check"], ["check", "--json"]])
def test_check_of_what_does_not_exist_is_misuse(tmp_path: Path, arguments: list[str]) -> None:
    result = run(*arguments, tmp_path / "absent")
    assert result.exit_code == 2
    assert "does not exist" in result.output
