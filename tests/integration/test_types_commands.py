"""`pointsman types` on a model folder, with the small bank's encoder in place of the named one."""

import json
from pathlib import Path

import pytest
from small_bank import WordEncoder, make_examples
from typer.testing import CliRunner, Result

from encoders import classifier as classifiers
from encoders.classifier import IntentClassifier
from encoders.training import train
from routing.cli.app import app


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(classifiers, "load_encoder", lambda *_: WordEncoder())
    train(make_examples(40), encoder=WordEncoder(), seed=1, threads=1).save(tmp_path / "model")
    return tmp_path / "model"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["types", *(str(argument) for argument in arguments)])


def test_a_change_is_written_where_it_was_asked_for(model: Path) -> None:
    out = model.parent / "changed"
    done = run("merge", "--model", model, "--out", out, "--key", "top_up", "--key", "exchange", "--into", "money")
    assert done.exit_code == 0, done.output
    changed = IntentClassifier.load(out)
    assert changed.issue_types == ("address", "lost_card", "money")
    (operation,) = changed.record["operations"]
    assert operation["what"] == "merge"
    assert operation["at"].endswith("+00:00")


def test_a_preview_writes_nothing(model: Path) -> None:
    out = model.parent / "changed"
    done = run("retire", "--model", model, "--out", out, "--key", "address", "--preview")
    assert done.exit_code == 0, done.output
    assert "nothing was written" in done.stdout
    assert not out.exists()


def test_a_type_is_added_by_description_and_told_as_json(model: Path) -> None:
    options = ("--key", "scam", "--description", "fraud cheated criminal tricked", "--preview", "--json")
    found = json.loads(run("add", "--model", model, *options).stdout)
    assert (found["what"], found["unproven"], found["model"]) == ("add", ["scam"], None)
    assert found["seconds"] > 0


def test_a_split_reads_the_new_types_from_a_file(model: Path) -> None:
    types = model.parent / "types.csv"
    types.write_text("key,name,description\nstolen,Stolen,stolen purse\ndropped,Lost,dropped on the bus\n")
    out = model.parent / "changed"
    done = run("split", "--model", model, "--out", out, "--key", "lost_card", "--types", types)
    assert done.exit_code == 0, done.output
    assert IntentClassifier.load(out).issue_types == ("address", "dropped", "exchange", "stolen", "top_up")


def test_what_cannot_be_done_is_one_clear_line(model: Path) -> None:
    (model.parent / "notes").mkdir()
    (model.parent / "notes" / "shopping.txt").write_text("milk")
    out = ("--out", model.parent / "changed")
    for arguments, said in (
        (("add", "--key", "address", *out), "is one of the model's already"),
        (("retire", "--key", "adress", *out), "did you mean address"),
        (("retire", "--key", "address"), "--out names the folder"),
        (("merge", "--key", "address", "--into", "home", *out), "merging needs two issue types"),
        (("retire", "--key", "address", "--out", model.parent / "notes"), "holds something else than a model"),
    ):
        done = run(arguments[0], "--model", model, *arguments[1:])
        assert done.exit_code == 2, done.output
        assert said in done.stderr
    assert not (model.parent / "changed").exists()
