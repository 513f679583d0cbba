"""`pointsman models` over a real database, with models that answer as the test says."""

import json
from pathlib import Path
from typing import Any

import pytest
from doubles import ScriptedModel, ScriptedModelFiles
from typer.testing import CliRunner, Result

import routing.bootstrap
from routing.adapters.pack import load_pack
from routing.cli.app import app
from routing.domain.model import Pointer

HELD_OUT = dict(load_pack(None).held_out_examples)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ScriptedModelFiles:
    """An installation of the time before the registry: `old` is live by the note; `good` and `bad` have folders."""
    right = ScriptedModel(HELD_OUT)
    made = ScriptedModelFiles({"old": right, "good": right, "bad": ScriptedModel({})}, note=Pointer("old", None))
    monkeypatch.setattr(routing.bootstrap, "model_folder", lambda *_: made)
    monkeypatch.setenv("POINTSMAN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("POINTSMAN_PACK", raising=False)
    return made


def run(*words: str, code: int = 0) -> Result:
    done = CliRunner().invoke(app, ["models", *words])
    assert done.exit_code == code, done.output
    return done


def asked(*words: str, code: int = 0) -> Any:
    return json.loads(run(*words, "--json", code=code).stdout)


def states() -> dict[str, str]:
    return {model["id"]: model["state"] for model in asked("list")}


def test_an_older_installation_is_adopted_and_goes_on_from_there(files: ScriptedModelFiles):
    assert states() == {"old": "live", "good": "retired", "bad": "retired"}
    promoted = asked("promote", "go", "--by", "mona", "--reason", "monthly")
    assert (promoted["promoted"], promoted["previous"], promoted["by"]) == (True, "old", "mona")
    assert states() == {"old": "retired", "good": "live", "bad": "retired"}
    assert asked("rollback", "--reason", "complaints", "--by", "mick")["id"] == "old"
    assert states()["old"] == "live"
    last = asked("show", "old")["history"][0]
    assert (last["kind"], last["actor"], last["reason"]) == ("model.rolled_back", "mick", "complaints")


def test_the_gate_prints_its_reasons_and_force_is_recorded(files: ScriptedModelFiles):
    refused = run("promote", "bad", code=1).stdout
    assert "all messages" in refused and "WORSE" in refused
    assert "the gate refuses it" in refused
    assert states()["old"] == "live"
    assert "only with a reason" in run("promote", "bad", "--force", code=2).stderr
    assert asked("promote", "bad", "--force", "--reason", "new rules", "--by", "mona")["promoted"] is True
    assert "by force by mona; previous: old; reason: new rules" in run("show", "bad").stdout


def test_a_comparison_changes_nothing(files: ScriptedModelFiles):
    before = states()
    compared = asked("compare", "bad", "good", "--alpha", "0.01")
    assert (compared["model"], compared["live"], compared["passed"], compared["alpha"]) == ("bad", "good", False, 0.01)
    assert states() == before
    assert "alpha" in run("compare", "bad", "--alpha", "0.7", code=2).stderr


def test_a_shadow_begins_reports_and_ends(files: ScriptedModelFiles):
    assert asked("shadow", "good")["state"] == "shadow"
    assert asked("shadow")["messages"] == 0
    assert "shadow good: 0 messages answered" in run("shadow").stdout
    assert run("shadow", "--stop").stdout == "good is candidate\n"
    assert asked("shadow", "--of", "good")["model"] == "good"


@pytest.mark.parametrize(
    "words", [("rollback",), ("show", "nobody"), ("shadow", "--stop"), ("promote", "nobody"), ("drift",), ("shadow",)]
)
def test_what_cannot_be_done_is_told_in_one_line(files: ScriptedModelFiles, words: tuple[str, ...]):
    told = run(*words, code=2).stderr
    assert told.startswith("pointsman: ")
    assert len(told.splitlines()) == 1


def test_files_that_changed_are_named(files: ScriptedModelFiles):
    states()
    del files.models["good"]
    assert "CHANGED since it was registered: model good does not load" in run("show", "good").stdout
