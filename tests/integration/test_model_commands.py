"""Train, evaluate and classify from the command line, with the real encoder on real bank messages."""

import csv
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from routing.cli.app import app

DATA = Path(os.environ.get("POINTSMAN_DATA", Path(__file__).parents[3] / "shared" / "data")) / "banking77"
TRAINING = DATA / "train.csv"
TYPES = ("card_arrival", "exchange_rate", "lost_or_stolen_card", "top_up_failed", "pin_blocked", "age_limit")
KEYS = ["text", "issue_type", "confidence", "decision", "novelty", "prediction_set", "top"]

pytestmark = pytest.mark.skipif(not TRAINING.is_file(), reason=f"needs {TRAINING}; POINTSMAN_DATA names its folder")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def _messages(share: str) -> list[dict[str, str]]:
    with TRAINING.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["category"] in TYPES]
    return rows[::5] if share == "asked" else [row for at, row in enumerate(rows) if at % 5]


def _write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["text", "category"])
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model of six issue types, the messages it learned from and others."""
    folder = tmp_path_factory.mktemp("bank")
    taught = [*_messages("taught"), {"text": "", "category": "age_limit"}]
    _write(folder / "taught.csv", taught)
    _write(folder / "asked.csv", _messages("asked"))
    done = run("train", "--data", folder / "taught.csv", "--out", folder / "model", "--seed", 3, "--json")
    assert done.exit_code == 0, done.output
    (folder / "train.json").write_text(done.stdout)
    return folder


def test_training_reports_the_model_and_what_was_measured(workplace: Path) -> None:
    facts = json.loads((workplace / "train.json").read_text())
    assert facts["issue_types"] == len(TYPES)
    assert facts["rejects"] == 1
    assert facts["held_out"]["accuracy"] > 0.95
    assert facts["gate"]["target_error"] == 0.05


def test_rows_that_were_not_used_are_listed_with_the_reason(workplace: Path) -> None:
    with (workplace / "model.rejects.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["file"] == "taught.csv"
    assert int(row["line"]) == len((workplace / "taught.csv").read_text(encoding="utf-8").splitlines())
    assert (row["reason"], row["value"]) == ("text is empty", "")


def test_an_equal_seed_gives_an_equal_model(workplace: Path) -> None:
    again = run("train", "--data", workplace / "taught.csv", "--out", workplace / "again", "--seed", 3, "--json")
    assert json.loads(again.stdout)["version"] == json.loads((workplace / "train.json").read_text())["version"]


def test_evaluating_measures_on_other_messages(workplace: Path) -> None:
    (workplace / "outside.jsonl").write_text('{"text": "what will the weather be"}\n{"text": "play some jazz"}\n')
    options = ("--data", workplace / "asked.csv", "--outside", workplace / "outside.jsonl")
    report = json.loads(run("evaluate", "--model", workplace / "model", *options, "--json").stdout)
    assert report["rows"] == len(_messages("asked"))
    assert report["accuracy"] > 0.95
    assert report["novelty"]["auroc"] > 0.95
    lines = run("evaluate", "--model", workplace / "model", *options).stdout
    assert f"accuracy              {report['accuracy']:.2%}" in lines


def test_every_row_is_classified_in_order_with_exactly_the_agreed_keys(workplace: Path) -> None:
    output = workplace / "answers.jsonl"
    done = run("classify", "--model", workplace / "model", "--input", workplace / "asked.csv", "--output", output)
    assert done.exit_code == 0
    answers = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert [answer["text"] for answer in answers] == [row["text"] for row in _messages("asked")]
    for answer in answers:
        assert list(answer) == KEYS
        assert answer["decision"] in ("auto", "review")
        assert answer["prediction_set"][0] == answer["issue_type"] == answer["top"][0][0]
        assert len(answer["top"]) == 5
        assert 0 <= answer["novelty"] <= 1
        assert math.isclose(answer["confidence"], answer["top"][0][1])
    right = [answer["issue_type"] == row["category"] for answer, row in zip(answers, _messages("asked"), strict=True)]
    assert sum(right) / len(right) > 0.95


def test_rows_that_cannot_be_read_keep_their_place_and_go_to_review(workplace: Path) -> None:
    source, output = workplace / "rough.jsonl", workplace / "rough.out.jsonl"
    lines = [b'{"msg": "I lost my card"}', b"{", b'{"msg": 5}', b"\xff", b'{"msg": ""}', b'{"msg": "a\\ud800b"}']
    source.write_bytes(b"\n".join(lines))
    run("classify", "--model", workplace / "model", "--input", source, "--output", output, "--text-column", "msg")
    answers = [json.loads(line) for line in output.read_text(encoding="utf-8").splitlines()]
    assert ["error" in answer for answer in answers] == [False, True, True, True, True, False]
    assert [answer["decision"] for answer in answers[1:5]] == ["review"] * 4
    assert answers[0]["issue_type"] == "lost_or_stolen_card"
    assert answers[5]["text"] == "a\ud800b"
    assert [answer["error"].split(":")[0] for answer in answers[1:5]] == ["line 2", "line 3", "line 4", "line 5"]


def test_no_message_is_printed_or_logged(workplace: Path) -> None:
    secret = "my secret phrase is wombat"
    _write(workplace / "secret.csv", [{"text": secret, "category": "age_limit"}])
    options = ("--model", workplace / "model", "--input", workplace / "secret.csv", "--output", workplace / "s.jsonl")
    done = run("classify", *options)
    assert done.exit_code == 0
    assert "wombat" not in done.output


def test_a_pack_gives_the_allowed_issue_types_and_its_own_messages(workplace: Path) -> None:
    from routing.adapters.pack import STARTER_FOLDER
    from routing.cli.material import gathered

    _write(workplace / "odd.csv", [{"text": "hello", "category": "no_such_type"}])
    material = gathered(workplace / "odd.csv", STARTER_FOLDER)
    assert len(material.examples) > 1_500
    assert len(material.outside) >= 100
    assert [reject.reason for reject in material.read.rejects] == ["label is not an issue type of the taxonomy"]


HERE = ("--model", "{here}/model")
ASKED = ("--input", "{here}/asked.csv", "--output", "{here}/o")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("train", "--data", "{here}/none.csv", "--out", "{here}/x"), "none.csv: no such file"),
        (("train", "--data", "{here}/asked.csv", "--out", "{here}/x", "--target-error", "2"), "between 0 and 1"),
        (("train", "--data", "{here}/asked.csv", "--out", "{here}/x", "--encoder", "/no/such"), "'/no/such'"),
        (("train", "--out", "{here}/x"), "--data"),
        (("classify", "--model", "{here}/none", *ASKED), "none: no such model"),
        (("classify", *HERE, "--input", "{here}/none.csv", "--output", "{here}/o"), "none.csv: no such"),
        (
            ("classify", *HERE, *ASKED, "--text-column", "m"),
            "no column 'm'; it has: text, category",
        ),
        (("evaluate", *HERE, "--data", "{here}/train.json"), "name it .jsonl"),
    ],
)  # fmt: skip
def test_what_a_user_can_mend_ends_with_one_line_and_status_two(
    workplace: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = run(*(argument.format(here=workplace) for argument in arguments))
    assert done.exit_code == 2
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("pointsman:")]
    assert said in line
    assert "Traceback" not in done.stderr
    assert not (workplace / "o").exists()


def test_a_tampered_model_is_refused_by_name(workplace: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(workplace / "model", tmp_path / "model")
    (tmp_path / "model" / "parameters.json").write_text("{}")
    done = run("evaluate", "--model", tmp_path / "model", "--data", workplace / "asked.csv")
    assert done.exit_code == 2
    assert "parameters.json" in done.stderr


def test_the_commands_load_nothing_heavy_until_they_run() -> None:
    heavy = "{'torch', 'sklearn', 'numpy', 'faiss', 'transformers', 'scipy'}"
    code = f"import sys, routing.cli.model; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
