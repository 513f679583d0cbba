"""`pointsman labels suspects` and `pointsman reviews error`: what they list, write, and refuse."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from builders import NOON, make_conversation, make_review
from seeds import committed, put_conversations
from small_bank import WordEncoder, make_examples
from typer.testing import CliRunner, Result

from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.cli.app import app
from routing.domain.review import ReviewState, Verdict

WRONG, TEXT = 7, "- lost stolen missing wallet purse gone plastic"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(autouse=True)
def words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder that needs no weights."""
    monkeypatch.setattr("encoders.encoder.load_encoder", lambda name: WordEncoder())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Messages of which one, on a line of its own, carries a label that is another's; its text reads as a formula."""
    examples = [replace(example, text=" ".join(example.text.split()[:3])) for example in make_examples(40)]
    examples[WRONG] = replace(examples[WRONG], text=TEXT, issue_type=examples[-1].issue_type)
    file = tmp_path / "messages.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("text", "category"), *((each.text, each.issue_type) for each in examples)])
    return file


def test_the_wrong_label_is_listed_first_with_its_place_and_what_fixing_would_change(data: Path) -> None:
    done = run("labels", "suspects", "--data", data, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    first = found["suspects"][0]
    assert first["place"] == f"messages.csv:{WRONG + 2}"
    assert (first["given"], first["proposed"]) == ("address", "lost_card")
    assert 0 < first["margin"] <= 1
    assert found["effect"]["rows"] == found["rows"] - len(found["suspects"])
    assert found["effect"]["after"]["accuracy"] >= found["effect"]["before"]["accuracy"]


def test_the_list_is_written_for_a_spreadsheet_that_runs_no_formula(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "lists" / "suspects.csv"
    done = run("labels", "suspects", "--data", data, "--out", out)
    assert done.exit_code == 0, done.output
    assert "look at each" in done.stdout
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["place", "given", "proposed", "margin", "text"]
    assert rows[0]["text"] == f"'{TEXT}"


def test_the_same_seed_gives_the_same_list(data: Path) -> None:
    first, again = (run("labels", "suspects", "--data", data, "--seed", 4, "--json").stdout for _ in range(2))
    assert first == again


@pytest.mark.parametrize("out", ["messages.csv", "."])
def test_a_place_that_would_be_lost_is_not_written(data: Path, tmp_path: Path, out: str) -> None:
    before = data.read_bytes()
    done = run("labels", "suspects", "--data", data, "--out", tmp_path / out)
    assert done.exit_code == 2
    assert "--out" in done.stderr
    assert data.read_bytes() == before


def test_labels_of_one_type_alone_cannot_be_judged(tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("text,category\nlost my card,lost_card\ngone,lost_card\n")
    done = run("labels", "suspects", "--data", tmp_path / "one.csv")
    assert done.exit_code == 2
    assert "two issue types" in done.stderr


@pytest.fixture
def checked(tmp_path: Path) -> Path:
    """A data folder with four blind checks of one model, three decided, one of them against it."""
    upgrade(f"sqlite:///{tmp_path / 'pointsman.db'}")
    store = SqlStore(f"sqlite:///{tmp_path / 'pointsman.db'}")
    put_conversations(store, make_conversation())
    for number, said in enumerate(("card_lost", "card_lost", "card_late", None)):
        item = make_review(f"r-{number}", state=ReviewState.LAPSED, blind=True, guess="card_lost", model_version="m1")
        decided = item.decide(Verdict(said, "mona", NOON)) if said else item
        committed(store, lambda uow, added=decided: uow.reviews.add(added))
    store.close()
    return tmp_path


def test_the_true_error_is_told_with_its_interval_and_by_model(checked: Path) -> None:
    done = run("reviews", "error", "--data-dir", checked, "--json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["all"]["error"] == pytest.approx(1 / 3)
    assert found["all"]["low"] < 1 / 3 < found["all"]["high"]
    [model] = found["models"]
    counts = {name: model[name] for name in ("model_version", "sampled", "decided", "wrong")}
    assert counts == {"model_version": "m1", "sampled": 4, "decided": 3, "wrong": 1}


def test_the_true_error_reads_as_a_sentence(checked: Path) -> None:
    done = run("reviews", "error", "--data-dir", checked)
    assert "m1: 3 of 4 checks decided, 1 wrong; error 33.33%" in done.stdout


def test_before_any_check_the_error_is_unknown_and_no_mistake(tmp_path: Path) -> None:
    done = run("reviews", "error", "--data-dir", tmp_path)
    assert done.exit_code == 0, done.output
    assert done.stdout == "all: 0 of 0 checks decided, 0 wrong; the error is unknown\n"
