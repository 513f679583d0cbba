"""`pointsman match` on real files: plans, explanations and every error of a broken file."""

import json
import re
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from routing.cli import match as match_cli

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def app():
    app = typer.Typer()
    match_cli.register(app)
    return app


@pytest.fixture
def snapshot(tmp_path):
    text = (DOCS / "matching.md").read_text(encoding="utf-8")
    path = tmp_path / "snapshot.json"
    path.write_text(re.search(r"```json\n(.*?)```", text, re.DOTALL).group(1))
    return path


def run(app, *arguments):
    return CliRunner().invoke(app, [str(each) for each in arguments])


def test_a_plan_is_printed_one_line_a_conversation(app, snapshot):
    result = run(app, snapshot)
    assert result.exit_code == 0
    kinds = [line.split("\t")[0] for line in result.stdout.splitlines()[1:]]
    assert kinds.count("assigned") + kinds.count("waits") == len(json.loads(snapshot.read_text())["conversations"])


def test_json_carries_the_plan_its_terms_and_the_explanations(app, snapshot):
    result = run(app, snapshot, "--json", "--explain")
    document = json.loads(result.stdout)
    assert document["solver"] == "min_cost_flow"
    assert document["fallback_reason"] is None
    for assignment in document["assignments"]:
        assert assignment["value"] == sum(term["value"] for term in assignment["terms"])
    assert len(document["explanations"]) == len(document["assignments"]) + len(document["unassigned"])


def test_one_conversation_can_be_explained(app, snapshot):
    first = json.loads(snapshot.read_text())["conversations"][0]["id"]
    result = run(app, snapshot, "--conversation", first)
    because = [line for line in result.stdout.splitlines() if line.startswith("because\t")]
    assert len(because) == 1
    assert because[0].split("\t")[1] == first


def test_an_unknown_conversation_is_refused(app, snapshot):
    result = run(app, snapshot, "--conversation", "nobody")
    assert result.exit_code == 2
    assert "no conversation nobody" in result.stderr


def test_every_error_of_a_broken_file_is_told(app, snapshot):
    document = json.loads(snapshot.read_text())
    document["conversations"][0]["priority"] = 9
    document["cops"][0]["load"] = -1
    snapshot.write_text(json.dumps(document))
    result = run(app, snapshot)
    assert result.exit_code == 2
    assert "conversations[0].priority: 9 is not allowed" in result.stderr
    assert "cops[0].load: -1 is not allowed" in result.stderr


def test_a_file_that_is_not_there_is_named(app, tmp_path):
    result = run(app, tmp_path / "nowhere.json")
    assert result.exit_code == 2
    assert "nowhere.json" in result.stderr


def test_the_schema_can_be_printed(app):
    published = json.loads((DOCS / "schemas" / "snapshot.schema.json").read_text(encoding="utf-8"))
    assert json.loads(run(app, "--schema").stdout) == published


def test_an_audit_says_that_the_plan_is_as_good_as_it_claims(app, snapshot):
    result = run(app, snapshot, "--audit", "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 0
    assert report["holds"] is True
    assert report["proven"] is True
    assert report["missing"] == 0
