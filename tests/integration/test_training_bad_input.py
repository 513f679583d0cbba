"""Training files as people have them: what is refused by name, what is used with a warning, what is never left."""

import json
import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from small_bank import WordEncoder, make_examples
from typer.testing import CliRunner, Result

from encoders.training import fitting
from routing.cli.app import app

ENCODER = "words"


@pytest.fixture(autouse=True)
def _word_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests are about files, so the encoder is one without weights."""
    monkeypatch.setattr(fitting, "load_encoder", lambda *_: WordEncoder())
    monkeypatch.setattr("encoders.classifier.load_encoder", lambda *_: WordEncoder())


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def train(data: Path, *more: object) -> Result:
    return run("train", "--data", data, "--out", data.parent / "model", "--encoder", ENCODER, *more)


def rows_of(each: int = 30, seed: int = 0) -> list[str]:
    return [f"{example.text},{example.issue_type}" for example in make_examples(each, seed)]


def written(folder: Path, *rows: str, name: str = "data.csv") -> Path:
    path = folder / name
    path.write_text("\n".join(["text,category", *rows]) + "\n", encoding="utf-8")
    return path


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("one.csv", "text,category\nhello,same\nbye,same\n", "at least two issue types; found same"),
        ("empty.csv", "", "is empty"),
        ("header.csv", "text,category\n", "holds no rows"),
        ("semicolon.csv", "text;category\nhello;a\n", "semicolons; save the file with commas"),
        ("columns.csv", "message,topic\nhello,a\n", "no column 'text'; it has: message, topic"),
        ("wide.csv", "text,category\nhello,a\nbye,b\n".encode("utf-16"), "is UTF-16; save it as UTF-8"),
        ("array.jsonl", '[{"text": "hello", "category": "a"}]', "one JSON array; write one object a line"),
        ("array.json", "[]", "name it .jsonl"),
        ("packed.csv.gz", b"\x1f\x8b\x08", "compressed; unpack it first"),
        ("packed.csv", b"\x1f\x8b\x08", "gzip-compressed; unpack it"),
        ("sheet.csv", b"PK\x03\x04", "zip archive (or a spreadsheet)"),
        ("book.xlsx", "x", "use .csv or .jsonl"),
    ],
)
def test_a_file_of_no_use_is_named_with_the_remedy_and_nothing_is_written(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    done = train(path)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert left(tmp_path) == {name}


def test_a_folder_without_training_files_is_named(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "notes.txt").write_text("hello")
    done = train(tmp_path / "data")
    assert done.exit_code == 2
    assert "holds no .csv or .jsonl file" in done.stderr


def test_ten_thousand_rows_of_garbage_are_one_error_with_the_commonest_reason(tmp_path: Path) -> None:
    random = Random(1)
    garbage = [random.randbytes(12).replace(b"\n", b"\xff").replace(b"\r", b"\xff") + b"\xff,a" for _ in range(10_000)]
    path = tmp_path / "data.csv"
    path.write_bytes(b"text,category\n" + b"\n".join(garbage) + b"\n")
    done = train(path)
    assert done.exit_code == 2
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("pointsman:")]
    assert "rows of data.csv were refused" in line
    assert "because: not valid UTF-8" in line
    assert left(tmp_path) == {"data.csv", "model.rejects.csv"}


def test_random_words_that_pass_as_text_teach_nothing_and_the_model_says_so(tmp_path: Path) -> None:
    random = Random(2)
    noise = ["".join(random.choices("abcdefghij", k=6)) for _ in range(600)]
    rows = [f"{' '.join(random.choices(noise, k=5))},{random.choice('abcd')}" for _ in range(400)]
    done = train(written(tmp_path, *rows))
    assert done.exit_code == 0, done.output
    assert "everything is reviewed" in done.stdout
    assert "warning: labels carry no signal: held-out accuracy" in done.stderr
    assert "labels carry no signal" in (tmp_path / "model.report.html").read_text(encoding="utf-8")


def test_labels_the_pack_does_not_know_are_refused_row_by_row_and_all_of_them_as_a_whole(tmp_path: Path) -> None:
    from routing.adapters.pack import STARTER_FOLDER

    done = train(written(tmp_path, *rows_of(3)), "--pack", STARTER_FOLDER)
    assert done.exit_code == 2
    assert "all 12 rows of data.csv were refused, 12 of them because: label is not an issue type" in done.stderr
    assert "model.rejects.csv" in left(tmp_path)
    assert "model" not in left(tmp_path)


def test_copies_conflicts_and_rare_types_are_counted_and_kept_in_the_report(tmp_path: Path) -> None:
    rows = rows_of()
    done = train(written(tmp_path, *rows, rows[0], "Wombat words,address", "wombat  WORDS,top_up", "alone,rare"))
    assert done.exit_code == 0, done.output
    assert (
        "warning: 1 message carries several labels (every copy is used as it is labelled): data.csv:123" in done.stderr
    )
    assert "1 row repeats a message that is there already" in done.stderr
    assert "1 issue type has fewer than 5 examples: rare (1)" in done.stderr
    report = json.loads((tmp_path / "model.report.json").read_text(encoding="utf-8"))
    assert len(report["warnings"]) == 3
    assert "wombat" not in done.output.lower()


def test_messages_that_the_pack_holds_out_are_leakage(tmp_path: Path) -> None:
    from routing.adapters.pack import STARTER_FOLDER, load_pack
    from routing.cli.material import gathered

    text, key = load_pack(STARTER_FOLDER).held_out_examples[0]
    path = tmp_path / "data.jsonl"
    path.write_text(json.dumps({"text": text.upper(), "category": key}) + "\n", encoding="utf-8")
    (warning,) = gathered(path, STARTER_FOLDER).read.warnings
    assert warning.startswith("1 training message is also held out in the pack")


def test_evaluating_on_the_training_file_is_called_that(tmp_path: Path) -> None:
    data = written(tmp_path, *rows_of())
    assert train(data).exit_code == 0
    mixed = written(tmp_path, *rows_of()[:4], *rows_of(8, seed=5), name="mixed.csv")
    done = run("evaluate", "--model", tmp_path / "model", "--data", mixed, "--json")
    assert "warning: 4 of 36 messages were in the training data; accuracy without them" in done.stderr
    found = json.loads(done.stdout)
    assert found["seen_in_training"]["rows"] == 4
    same = run("evaluate", "--model", tmp_path / "model", "--data", data)
    assert "nothing here was measured on a new message" in same.stderr


def test_evaluating_writes_the_page_it_is_asked_for(tmp_path: Path) -> None:
    assert train(written(tmp_path, *rows_of())).exit_code == 0
    asked = tmp_path / "asked.csv"
    asked.write_text("text,category,market\n" + "\n".join(f"{row},ie" for row in rows_of(5, seed=6)), encoding="utf-8")
    page = tmp_path / "pages" / "r.html"
    options = ("--report", page, "--review-seconds", 45, "--messages-a-day", 2000)
    done = run("evaluate", "--model", tmp_path / "model", "--data", asked, *options)
    assert done.exit_code == 0, done.output
    html = page.read_text(encoding="utf-8")
    assert "at 2,000 messages and 45 s each" in html
    assert "By market" in html
    assert "20 messages: asked.csv" in html


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--review-seconds", "0"), "review seconds: 0.0 is not allowed"),
        (("--messages-a-day", "0"), "messages a day: 0 is not allowed"),
        (("--report", "{here}"), "is a folder; --report names the file"),
    ],
)
def test_wrong_options_of_the_page_are_named(tmp_path: Path, options: tuple[str, str], said: str) -> None:
    given = [option.format(here=tmp_path) for option in options]
    done = run("evaluate", "--model", tmp_path / "model", "--data", tmp_path / "none.csv", *given)
    assert done.exit_code == 2
    assert said in done.stderr


def test_evaluating_where_every_row_is_refused_names_the_first(tmp_path: Path) -> None:
    assert train(written(tmp_path, *rows_of())).exit_code == 0
    bad = written(tmp_path, ",a", ",b", name="bad.csv")
    done = run("evaluate", "--model", tmp_path / "model", "--data", bad)
    assert done.exit_code == 2
    assert "all 2 rows were refused; the first is bad.csv:2: text is empty" in done.stderr


def test_a_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"\xef\xbb\xbf" + written(tmp_path, *rows_of()).read_bytes())
    assert train(path).exit_code == 0


def test_training_cut_short_leaves_no_model_and_no_report_of_one(tmp_path: Path) -> None:
    """Killed as it renames the finished folder into place."""
    data = written(tmp_path, *rows_of(8))
    code = (
        "import os, sys; from pathlib import Path; sys.path[:0] = ['tests', '.']\n"
        "from small_bank import WordEncoder, make_examples; from encoders.training import train\n"
        "from encoders.report import report_training\n"
        "model = train(make_examples(8), encoder=WordEncoder(), threads=1)\n"
        "Path.rename = lambda *_: os._exit(9)\n"
        f"folder = Path({str(tmp_path / 'model')!r})\n"
        "model.save(folder); report_training(model, make_examples(8), folder)\n"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, env={**os.environ}, check=False)
    assert done.returncode == 9
    assert not (tmp_path / "model").exists()
    assert not (tmp_path / "model.report.html").exists()
    asked = run("evaluate", "--model", tmp_path / "model", "--data", data)
    assert asked.exit_code == 2
    assert "no such model folder" in asked.stderr
