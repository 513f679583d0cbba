"""classify and evaluate through the installed command agree with each other on messages nobody trained on."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from bank import Bank
from installation import Installation, installed

FIELDS = ["text", "issue_type", "confidence", "decision", "novelty", "prediction_set", "top"]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Installation]:
    with installed(tmp_path) as installation:
        yield installation


@pytest.fixture
def model(small_bank: Bank) -> Path:
    live = json.loads((small_bank.models / "live.json").read_text())["version"]
    return small_bank.models / str(live)


@pytest.fixture
def data(tmp_path: Path, small_bank: Bank) -> Path:
    file = tmp_path / "needs.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("text", "category"), *small_bank.needs])
    return file


def test_what_is_classified_keeps_its_order_and_evaluates_to_the_same_accuracy(
    home: Installation, model: Path, data: Path, small_bank: Bank
):
    output = home.folder / "out.jsonl"
    home.run("classify", "--model", model, "--input", data, "--output", output)
    answers = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert [answer["text"] for answer in answers] == [text for text, _ in small_bank.needs]
    assert all(list(answer) == FIELDS and len(answer["top"]) == 5 for answer in answers)
    assert {answer["decision"] for answer in answers} <= {"auto", "review"}

    report = json.loads(home.run("evaluate", "--model", model, "--data", data, "--json").stdout)
    right = [answer["issue_type"] == key for answer, (_, key) in zip(answers, small_bank.needs, strict=True)]
    assert report["accuracy"] == pytest.approx(sum(right) / len(right), abs=1e-4)
    assert report["accuracy"] > 0.5, "chance would be right on one in twelve"
    decided = [ok for ok, answer in zip(right, answers, strict=True) if answer["decision"] == "auto"]
    assert report["share_auto"] == pytest.approx(len(decided) / len(right), abs=1e-4)


def test_a_message_of_somebody_in_danger_is_told_apart_where_alerts_are_asked_for(home: Installation, model: Path):
    asked, output = home.folder / "asked.jsonl", home.folder / "alerts.jsonl"
    asked.write_text('{"text": "I want to kill myself"}\n{"text": "How do I change my address?"}\n', encoding="utf-8")
    home.run("classify", "--model", model, "--input", asked, "--output", output, "--alerts")
    danger, plain = (json.loads(line)["alert"] for line in output.read_text(encoding="utf-8").splitlines())
    assert plain is None
    assert danger["kinds"]
    assert "kill myself" in danger["cues"]


def test_what_would_be_written_over_the_input_is_refused(home: Installation, model: Path, data: Path):
    before = data.read_bytes()
    done = home.run("classify", "--model", model, "--input", data, "--output", data, code=2)
    assert str(data) in done.stderr
    assert data.read_bytes() == before
    assert (
        "is a folder" in home.run("classify", "--model", model, "--input", data, "--output", home.folder, code=2).stderr
    )


def test_training_names_a_place_that_cannot_be_written_before_it_reads_anything(home: Installation):
    strange = home.folder / "strange"
    strange.mkdir()
    (strange / "letters.txt").write_text("not a model")
    for place in (strange, strange / "letters.txt", strange / "letters.txt" / "model"):
        done = home.run("train", "--data", "never-read.csv", "--out", place, code=2)
        assert str(place) in done.stderr
        assert "never-read" not in done.stderr
    assert [path.name for path in strange.iterdir()] == ["letters.txt"]


@pytest.mark.parametrize("seed", ["-1", "4294967296"])
def test_a_seed_that_no_generator_takes_is_refused(home: Installation, seed: str):
    done = home.run("train", "--out", home.folder / "model", "--seed", seed, code=2)
    assert "--seed" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pack_that_is_not_there_is_named_by_its_folder(home: Installation):
    done = home.run("train", "--pack", home.folder / "nowhere", "--out", home.folder / "model", code=2)
    assert str(home.folder / "nowhere") in done.stderr
