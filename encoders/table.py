"""CSV and JSONL files read row by row, in order, whatever a row holds."""

import codecs
import csv
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from encoders.errors import DataFileError

MAX_LINE_BYTES = 1_000_000
"""A longer line is refused, so that memory stays bounded."""
_MAX_LINES_OF_A_ROW = 200
_UNCLOSED = "unexpected end of data"
_CUT = "\udfff"
_CLIPPED = 80
_PACKED = {
    b"\x1f\x8b": "is gzip-compressed",
    b"PK\x03\x04": "is a zip archive (or a spreadsheet)",
    b"BZh": "is bzip2-compressed",
}
_NOT_READ = {
    ".gz": "is compressed; unpack it first",
    ".zip": "is compressed; unpack it first",
    ".bz2": "is compressed; unpack it first",
    ".json": "is one JSON document; write one object a line and name it .jsonl",
}
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


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

    Raises `DataFileError` if the file is missing, empty, compressed, of another type or encoding, or a CSV without the
    columns: `text_column`, and one of `label_columns` if there are any.
    """
    _check_path(path)
    with path.open("rb") as stream:
        _check_start(path, stream)
        lines = _lines(stream)
        csv_file = path.suffix.lower() == ".csv"
        yield from _read_csv(path, lines, text_column, label_columns) if csv_file else _read_jsonl(path, lines)


def _check_path(path: Path) -> None:
    suffix = path.suffix.lower()
    if path.is_dir():
        raise DataFileError(path, "is a folder, not a file")
    if not path.is_file():
        raise DataFileError(path, "no such file")
    if suffix in _NOT_READ:
        raise DataFileError(path, _NOT_READ[suffix])
    if suffix not in (".csv", ".jsonl", ".ndjson"):
        raise DataFileError(path, f"{path.suffix or 'no suffix'!r} is not a type that is read; use .csv or .jsonl")


def _check_start(path: Path, stream: BinaryIO) -> None:
    """What the first bytes give away; leaves the stream behind a byte order mark."""
    start = stream.read(64)
    if not start.removeprefix(codecs.BOM_UTF8):
        raise DataFileError(path, "is empty")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or start[:2].count(b"\x00") == 1:
        raise DataFileError(path, "is UTF-16; save it as UTF-8")
    packed = next((what for mark, what in _PACKED.items() if start.startswith(mark)), None)
    if packed:
        raise DataFileError(path, f"{packed}; unpack it and save it as UTF-8 text")
    stream.seek(3 if start.startswith(codecs.BOM_UTF8) else 0)


def clip(value: object, length: int = _CLIPPED) -> str:
    """A value made short and printable, for a report."""
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in str(value or ""))
    return shown if len(shown) <= length else shown[: length - 1] + "…"


def _lines(stream: BinaryIO) -> Iterator[str]:
    """Lines with their ends. What is wrong with a line shows in it as lone surrogates: see `_damage`."""
    while line := stream.readline(MAX_LINE_BYTES):
        cut = len(line) == MAX_LINE_BYTES and not line.endswith(b"\n")
        while cut and (rest := stream.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
            pass
        yield line.decode("utf-8", "surrogateescape") + (_CUT if cut else "")


def _damage(text: str) -> str | None:
    """Why text taken from a file cannot be used, if it cannot."""
    if text.isascii():
        return None
    if _CUT in text:
        return f"line is longer than {MAX_LINE_BYTES} bytes"
    return "not valid UTF-8" if any("\udc80" <= char <= "\udcff" for char in text) else None


def _read_jsonl(path: Path, lines: Iterator[str]) -> Iterator[Row | Unreadable]:
    begun = False
    for number, line in enumerate(lines, start=1):
        if not begun and line.lstrip().startswith("["):
            raise DataFileError(path, "holds one JSON array; write one object a line instead")
        if line.strip():
            begun = True
            yield _read_json(number, line)


def _read_json(number: int, line: str) -> Row | Unreadable:
    if damage := _damage(line):
        return Unreadable(number, damage, line)
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        return Unreadable(number, f"not valid JSON: {clip(error)}", line)
    if not isinstance(values, dict):
        return Unreadable(number, "not a JSON object", line)
    return Row(number, values)


def _read_csv(
    path: Path, lines: Iterator[str], text_column: str, label_columns: Sequence[str]
) -> Iterator[Row | Unreadable]:
    source = _Pushback(lines)
    header = _csv_row(source) if source.has_more() else None
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
        self._waiting: deque[str] = deque()
        self.number = 1

    def has_more(self) -> bool:
        if not self._waiting:
            self._waiting.extend(islice(self._lines, 1))
        return bool(self._waiting)

    def take(self, taken: list[str]) -> Iterator[str]:
        """The next lines one by one, each also put in `taken`, up to what one row may span."""
        while len(taken) < _MAX_LINES_OF_A_ROW and self.has_more():
            self.number += 1
            taken.append(self._waiting.popleft())
            yield taken[-1]

    def give_back(self, lines: Sequence[str]) -> None:
        self._waiting.extendleft(reversed(lines))
        self.number -= len(lines)


def _csv_row(source: _Pushback) -> _Cells | Unreadable:
    """One row, over as many lines as its quotes ask for; a quote that is never closed costs its own line only."""
    start, taken = source.number, list[str]()
    csv.field_size_limit(2 * MAX_LINE_BYTES)
    try:
        cells = next(csv.reader(source.take(taken), strict=True))
    except csv.Error as error:
        source.give_back(taken[1:])
        if _UNCLOSED in str(error) or len(taken) > 1:
            return Unreadable(start, "a quoted value is never closed", taken[0])
        return _lenient(start, taken[0])
    return _checked(start, cells, "".join(taken))


def _lenient(line: int, text: str) -> _Cells | Unreadable:
    """A stray quote inside a value is taken as it is."""
    try:
        return _checked(line, next(csv.reader([text])), text)
    except csv.Error as error:
        return Unreadable(line, f"not valid CSV: {clip(error)}", text)


def _checked(line: int, cells: Sequence[str], text: str) -> _Cells | Unreadable:
    damage = _damage(text)
    return Unreadable(line, damage, text) if damage else _Cells(line, cells)


def _named(row: _Cells, names: Sequence[str]) -> Row | Unreadable:
    if len(row.cells) > len(names):
        return Unreadable(row.line, f"{len(row.cells)} values for {len(names)} columns", ",".join(row.cells))
    return Row(row.line, dict(zip(names, row.cells, strict=False)))


def _check_header(path: Path, names: Sequence[str], text_column: str, label_columns: Sequence[str]) -> None:
    found = ", ".join(map(clip, names)) or "none"
    if len(names) == 1 and (other := next((mark for mark in _OTHER_DELIMITERS if mark in names[0]), None)):
        wrong = f"the header is separated by {_OTHER_DELIMITERS[other]}; save the file with commas ({found})"
        raise DataFileError(path, wrong)
    if text_column not in names:
        raise DataFileError(path, f"the header has no column {text_column!r}; it has: {found}")
    if label_columns and not set(label_columns) & set(names):
        wanted = " or ".join(map(repr, label_columns))
        raise DataFileError(path, f"the header has no column {wanted}; it has: {found}")
