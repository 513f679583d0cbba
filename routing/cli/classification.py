"""`pointsman classify`: a file of messages through a model."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from routing.cli.fail import fail
from routing.cli.material import clear_errors
from routing.cli.progress import shown

if TYPE_CHECKING:
    from encoders.classifier import IntentClassifier, Prediction
    from encoders.table import Row, Unreadable

_BATCH = 512
_TOP = 5


def classify_command(
    model: Annotated[Path, typer.Option("--model", help="model folder, made by `pointsman train`")],
    source: Annotated[Path, typer.Option("--input", help="messages: a CSV with a header, or a JSONL")],
    output: Annotated[Path, typer.Option("--output", help="JSONL to write, one line a message, in order")],
    text_column: Annotated[str, typer.Option("--text-column", help="column or key that holds the message")] = "text",
    alerts: Annotated[
        bool, typer.Option("--alerts", help="add `alert`: what tells of a vulnerable customer or fraud, or null")
    ] = False,
) -> None:
    """Classify every message of a file. A row that cannot be read keeps its place, with `error` and for review."""
    from encoders.classifier import IntentClassifier
    from encoders.table import read_rows

    if output.resolve() == source.resolve():
        fail(f"{output} is the input too, and would be replaced; name another --output")
    if output.is_dir():
        fail(f"{output} is a folder; --output names the file to write")
    with clear_errors():
        classifier = IntentClassifier.load(model)
        with _whole_file(output) as target, shown("classify") as progress:
            total, done, faults = _count_lines(source), 0, 0
            for batch in _batches(read_rows(source, text_column), _BATCH):
                faults += _classify(classifier, [_input(row, text_column) for row in batch], target, alerts)
                done += len(batch)
                progress(done, max(total, done), "messages")
    note = f"; {faults} could not be read and carry an error" if faults else ""
    print(f"classified {done} messages with model {classifier.version}{note}", file=sys.stderr)


@dataclass(frozen=True, slots=True)
class _Input:
    text: str
    error: str | None = None


def _input(row: Row | Unreadable, text_column: str) -> _Input:
    from encoders.table import Unreadable

    if isinstance(row, Unreadable):
        return _Input("", f"line {row.line}: {row.reason}")
    text = row.values.get(text_column)
    if not isinstance(text, str):
        return _Input("", f"line {row.line}: {text_column} is {'missing' if text is None else 'not a string'}")
    return _Input(text, None if text.strip() else f"line {row.line}: {text_column} is empty")


def _classify(classifier: IntentClassifier, inputs: Sequence[_Input], target: TextIO, alerts: bool) -> int:
    """Write one line an input; how many of them carry an error."""
    predictions = classifier.classify([given.text for given in inputs])
    for given, prediction in zip(inputs, predictions, strict=True):
        document = _document(given, prediction)
        if alerts:
            document["alert"] = asdict(prediction.alert) if prediction.alert else None
        target.write(_json_line(document))
    return sum(given.error is not None for given in inputs)


def _document(given: _Input, prediction: Prediction) -> dict[str, Any]:
    document = {
        "text": given.text,
        "issue_type": prediction.issue_type,
        "confidence": prediction.confidence,
        "decision": prediction.decision.value,
        "novelty": prediction.novelty,
        "prediction_set": list(prediction.prediction_set),
        "top": [list(pair) for pair in prediction.distribution[:_TOP]],
    }
    return document if given.error is None else {**document, "error": given.error}


def _json_line(document: dict[str, Any]) -> str:
    """Readable where it can be; a lone surrogate cannot be written and stays escaped."""
    line = json.dumps(document, ensure_ascii=False)
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        line = json.dumps(document)
    return line + "\n"


def _batches(rows: Iterator[Row | Unreadable], size: int) -> Iterator[list[Row | Unreadable]]:
    while batch := list(islice(rows, size)):
        yield batch


@contextmanager
def _whole_file(path: Path) -> Iterator[TextIO]:
    """Write beside `path` and rename at the end, so that a broken run leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _count_lines(path: Path) -> int:
    if not path.is_file():
        return 0
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
