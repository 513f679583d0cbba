"""`pointsman simulate`: a table, JSON and a page; wrong input ends with 2 and says place, value and what is allowed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from routing.cli.app import app

FLOOR = """
hours = 0.4
warm_up_minutes = 5
[issues]
families = 8
types_each = 2
[staff]
cops = 24
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["simulate", *(str(argument) for argument in arguments)])


@pytest.fixture
def floor(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.toml"
    path.write_text(FLOOR, encoding="utf-8")
    return path


def test_policies_are_compared_in_a_table_and_on_a_page(floor: Path, tmp_path: Path):
    page = tmp_path / "page.html"
    quick = ("--seeds", 2, "--processes", 1, "--html", page)
    done = run(floor, "--policy", "longest_idle", "--policy", "gcmu", *quick)
    assert done.exit_code == 0, done.output
    assert "Abandonment" in done.output
    assert "difference, seed by seed" in done.output
    assert "Nobody could lose less than" in done.stdout
    assert "<svg" in page.read_text(encoding="utf-8")
    assert "Nobody could lose less than" in page.read_text(encoding="utf-8")


def test_a_change_is_compared_with_the_floor_as_it_is_in_json(floor: Path):
    done = run(floor, "--policy", "gcmu", "--change", "arrivals.load=1.5", "--seeds", 2, "--processes", 1, "--json")
    lines = json.loads(done.stdout)["lines"]
    assert [(line["label"], line["against"]) for line in lines] == [("gcmu", None), ("gcmu, changed", "gcmu")]
    assert lines[1]["differences"]["occupancy"]["mean"] > 0


def test_the_list_names_floors_and_policies():
    done = run("--list")
    assert done.exit_code == 0
    assert "peak" in done.output
    assert "longest_idle" in done.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], ["SCENARIO", "nowhere", "peak"]),
        (["peak", "--policy", "nobody"], ["--policy", "nobody", "longest_idle"]),
        (["peak", "--change", "staff.cops=-1"], ["staff.cops", "-1", "from 1"]),
        (["peak", "--change", "matching.price_weight=-1"], ["matching.price_weight", "-1", "0 to 1000"]),
        (["peak", "--what-if", "missing.toml"], ["missing.toml", "a readable TOML file"]),
        (["peak", "--change", "absences={start='17:00', minutes=60, cops=1}"], ["absences[0].start", "17:00", "09:00"]),
        (["peak", "--seeds", "0"], ["--seeds is 0", "from 1 to 1000"]),
        (["peak", "--first-seed", "-1"], ["--first-seed is -1", "from 0"]),
        (["peak", "--html", "/"], ["--html is '/'", "a file to write"]),
        ([], ["SCENARIO is missing"]),
    ],
)
def test_wrong_input_ends_with_2_and_says_what_is_allowed(arguments: list[str], words: list[str]):
    done = run(*arguments)
    assert done.exit_code == 2
    assert all(word in done.stderr for word in words), done.stderr
    assert "simulating" not in done.stderr


def test_a_policy_file_s_faults_are_told_as_any_other(tmp_path: Path):
    bold, broken = tmp_path / "bold.toml", tmp_path / "broken.toml"
    bold.write_text("[matching]\nprice_weight = 99999\n")
    broken.write_text("[matching\n")
    assert (
        "bold.toml: matching.price_weight is '99999'; allowed: a number from 0" in run("peak", "--policy", bold).stderr
    )
    assert run("peak", "--policy", broken).stderr.count("broken.toml") == 1
