"""Labelled messages from files that people wrote: what can be used is used, the rest is returned with reasons."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from encoders.errors import DataFileError
from encoders.table import Row, Unreadable, clip, read_rows
from encoders.text import duplicate_key
from encoders.training.examples import Example
from encoders.training.hygiene import Placed, doubts

_LABEL_COLUMNS = ("category", "issue_type")
_SLICE_COLUMNS = ("market", "language", "channel", "family", "vulnerable")
_SUFFIXES = (".csv", ".jsonl")
_MAX_LABEL = 200
_MAX_TEXT = 20_000
_MAX_SLICE = 60


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that is not used: where it is, why, and the value at fault, clipped."""

    file: str
    line: int
    reason: str
    value: str


@dataclass(frozen=True, slots=True)
class ReadResult:
    """The examples in the order of the files, the rows that were refused, and doubts about rows that were not.

    `slices`: for each column among market, language, channel, family and vulnerable that some row fills, one value an
    example, empty where it has none. `places`: where each example stands, `file:line`.
    """

    examples: tuple[Example, ...]
    rejects: tuple[Reject, ...]
    warnings: tuple[str, ...] = ()
    slices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Columns:
    text: str
    labels: tuple[str, ...]
    allowed: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class _Found:
    placed: Placed
    slices: Mapping[str, str]


def read_examples(
    path: Path,
    allowed: frozenset[str] | None = None,
    text_column: str = "text",
    label_column: str = "category",
) -> ReadResult:
    """Read a CSV or JSONL file, or every one in a folder. `allowed`: the issue types there are; any, if none.

    A bad row becomes a reject. Raises `DataFileError` for a path, file type or header that cannot be used at all, and
    where there is no row.
    """
    labels = tuple(dict.fromkeys((label_column, *_LABEL_COLUMNS)))
    columns = _Columns(text_column, labels, allowed)
    results = [result for file in _files(Path(path)) for result in _read_file(file, columns)]
    found = [result for result in results if isinstance(result, _Found)]
    rejects = tuple(result for result in results if isinstance(result, Reject))
    if not results:
        raise DataFileError(Path(path), "holds no rows, only a header or nothing")
    placed = [item.placed for item in found]
    places = tuple(f"{item.file}:{item.line}" for item in placed)
    return ReadResult(tuple(item.example for item in placed), rejects, doubts(placed), _slices(found), places)


def _slices(found: Sequence[_Found]) -> Mapping[str, tuple[str, ...]]:
    filled = [name for name in _SLICE_COLUMNS if any(name in item.slices for item in found)]
    return {name: tuple(item.slices.get(name, "") for item in found) for name in filled}


def _files(path: Path) -> Sequence[Path]:
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in _SUFFIXES and file.is_file())
        if not files:
            raise DataFileError(path, "the folder holds no .csv or .jsonl file")
        return files
    return [path]


def _read_file(file: Path, columns: _Columns) -> Iterator[_Found | Reject]:
    for row in read_rows(file, columns.text, columns.labels):
        if isinstance(row, Unreadable):
            yield Reject(file.name, row.line, row.reason, clip(row.value))
        else:
            yield _judge(file.name, row, columns)


def _judge(file: str, row: Row, columns: _Columns) -> _Found | Reject:
    text = row.values.get(columns.text)
    label = next((row.values[name] for name in columns.labels if row.values.get(name) not in (None, "")), None)
    problem = _text_problem(text) or _label_problem(label, columns)
    if problem:
        return Reject(file, row.line, problem, clip(text if _text_problem(text) else label))
    return _Found(Placed(file, row.line, Example(str(text).strip(), str(label).strip())), _slice_values(row))


def _slice_values(row: Row) -> Mapping[str, str]:
    values = {name: row.values.get(name) for name in _SLICE_COLUMNS}
    return {name: clip(value, _MAX_SLICE) for name, value in values.items() if value not in (None, "")}


def _text_problem(text: object) -> str | None:
    if not isinstance(text, str):
        return "text is missing" if text is None else "text is not a string"
    if "\x00" in text:
        return "text holds a NUL character"
    if len(text) > _MAX_TEXT:
        return f"text is too long: {len(text)} characters, at most {_MAX_TEXT}"
    return None if duplicate_key(text) else "text is empty"


def _label_problem(label: object, columns: _Columns) -> str | None:
    if label is None:
        return f"label is missing: {' or '.join(columns.labels)}"
    if not isinstance(label, str):
        return "label is not a string"
    name = label.strip()
    if not name or len(name) > _MAX_LABEL or not name.isprintable():
        return f"label is not a name of 1 to {_MAX_LABEL} printable characters"
    if columns.allowed is not None and name not in columns.allowed:
        return "label is not an issue type of the taxonomy"
    return None
