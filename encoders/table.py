"""CSV and JSONL files read row by row, in order, whatever a row holds."""

import codecs
import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from encoders.errors import DataFileError

MAX_LINE_BYTES = 1_000_000
"""A longer line is refused piece by piece, so that memory stays bounded."""
_MAX_LINES_OF_A_ROW = 200
_CLIPPED = 80


@dataclass(frozen=True, slots=True)
class Row:
    """A row that could be read: the line it starts on (the first is 1) and its values by column."""

    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A row that could not be read, and why."""

    line: int
    reason: str
    value: str


def read_rows(path: Path, text_column: str, label_columns: Sequence[str] = ()) -> Iterator[Row | Unreadable]:
    """Every row of a `.csv` (with a header), `.jsonl` or `.ndjson` file; memory is bounded by one row.

    Raises `DataFileError` if the file is missing, of another type, or a CSV without the columns: `text_column`, and
    one of `label_columns` if there are any.
    """
    readers = {".csv": _read_csv, ".jsonl": _read_jsonl, ".ndjson": _read_jsonl}
    reader = readers.get(path.suffix.lower())
    if not path.is_file():
        raise DataFileError(path, "no such file")
    if reader is None:
        raise DataFileError(path, f"{path.suffix or 'no suffix'!r} is not a type that is read; use .csv or .jsonl")
    with path.open("rb") as stream:
        yield from reader(path, stream, text_column, label_columns)


def clip(value: object, length: int = _CLIPPED) -> str:
    """A value made short and printable, for a report."""
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in str(value or ""))
    return shown if len(shown) <= length else shown[: length - 1] + "…"


def _lines(path: Path, stream: BinaryIO) -> Iterator[str]:
    """Lines with their ends; bytes that are not UTF-8 come through as lone surrogates, to be found again."""
    start = stream.read(3)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DataFileError(path, "is UTF-16; save it as UTF-8")
    stream.seek(3 if start == codecs.BOM_UTF8 else 0)
    while line := stream.readline(MAX_LINE_BYTES):
        yield line.decode("utf-8", "surrogateescape")


def _not_utf8(text: str) -> bool:
    return any("\udc80" <= char <= "\udcff" for char in text) if not text.isascii() else False


def _read_jsonl(path: Path, stream: BinaryIO, *_columns: Any) -> Iterator[Row | Unreadable]:
    for number, line in enumerate(_lines(path, stream), start=1):
        if line.strip():
            yield _read_json(number, line)


def _read_json(number: int, line: str) -> Row | Unreadable:
    if _not_utf8(line):
        return Unreadable(number, "not valid UTF-8", line)
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Unreadable(number, f"not valid JSON: {clip(error)}", line)
    if not isinstance(values, dict):
        return Unreadable(number, "not a JSON object", line)
    return Row(number, values)


def _read_csv(
    path: Path, stream: BinaryIO, text_column: str, label_columns: Sequence[str]
) -> Iterator[Row | Unreadable]:
    source = _Pushback(_lines(path, stream))
    header = next((row for row in (_csv_row(source) for _ in range(1))), None)
    names = [name.strip() for name in header.cells] if isinstance(header, _Cells) else []
    _check_header(path, names, text_column, label_columns)
    while source.has_more():
        row = _csv_row(source)
        if isinstance(row, Unreadable):
            yield row
        elif row.cells:
            yield _named(row, names)


@dataclass(frozen=True, slots=True)
class _Cells:
    line: int
    cells: Sequence[str]


class _Pushback:
    """Lines that can be given back, with the number of the next one."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._waiting: list[str] = []
        self.number = 1

    def has_more(self) -> bool:
        if not self._waiting:
            self._waiting.extend(line for line in [next(self._lines, None)] if line is not None)
        return bool(self._waiting)

    def take(self) -> str:
        self.number += 1
        return self._waiting.pop(0)

    def give_back(self, lines: Sequence[str]) -> None:
        self._waiting[:0] = lines
        self.number -= len(lines)


def _csv_row(source: _Pushback) -> _Cells | Unreadable:
    """One row, over as many lines as its quotes ask for; a quote that is never closed costs its own line only."""
    start, taken = source.number, []
    while source.has_more():
        taken.append(source.take())
        cells = _parse(taken)
        if cells is not None:
            return _checked(start, cells, taken)
        if len(taken) >= _MAX_LINES_OF_A_ROW:
            break
    source.give_back(taken[1:])
    return Unreadable(start, "a quoted value is never closed", taken[0] if taken else "")


def _parse(lines: Sequence[str]) -> Sequence[str] | None:
    """The cells, or none while a quoted value is still open."""
    csv.field_size_limit(2 * MAX_LINE_BYTES)
    try:
        rows = list(csv.reader(lines, strict=True))
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            return None
        rows = list(csv.reader(lines))
    return rows[0] if rows else []


def _checked(line: int, cells: Sequence[str], taken: Sequence[str]) -> _Cells | Unreadable:
    if _not_utf8("".join(taken)):
        return Unreadable(line, "not valid UTF-8", "".join(taken))
    return _Cells(line, cells)


def _named(row: _Cells, names: Sequence[str]) -> Row | Unreadable:
    if len(row.cells) > len(names):
        return Unreadable(row.line, f"{len(row.cells)} values for {len(names)} columns", ",".join(row.cells))
    return Row(row.line, dict(zip(names, row.cells, strict=False)))


def _check_header(path: Path, names: Sequence[str], text_column: str, label_columns: Sequence[str]) -> None:
    found = ", ".join(map(clip, names)) or "none"
    if text_column not in names:
        raise DataFileError(path, f"the header has no column {text_column!r}; it has: {found}")
    if label_columns and not set(label_columns) & set(names):
        wanted = " or ".join(map(repr, label_columns))
        raise DataFileError(path, f"the header has no column {wanted}; it has: {found}")
