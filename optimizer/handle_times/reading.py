"""Reads a log of handled conversations from JSON Lines or CSV; a row that cannot be used is named and left out."""

import csv
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from optimizer.handle_times.errors import LogInvalid
from optimizer.handle_times.log import LONGEST_SECONDS, Handling, HandlingLog, columns

NEEDED = ("issue_type", "opened_at", "working_seconds")
COLUMNS = (
    *("conversation_id", "issue_type", "cop_id", "channel", "language", "words", "repeat", "concurrency"),
    *("stated_seconds", "opened_at", "working_seconds", "finished"),
)
"""What a log may hold; the rest of its columns is not looked at."""

UNKNOWN = ""
_LONGEST_NAME = 128
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was left out: its line (1 is the first), why, and what it held."""

    line: int
    reason: str
    value: str


@dataclass(frozen=True, slots=True, eq=False)
class ReadLog:
    """A log and the rows that were left out of it."""

    log: HandlingLog
    rejects: tuple[Reject, ...]


class _Unusable(Exception):
    def __init__(self, reason: str, value: object) -> None:
        super().__init__(reason)
        self.reason, self.value = reason, str(value)[:80]


def read_log(path: Path, individual: bool = True) -> ReadLog:
    """Read `path`; with `individual` off, nothing of who worked is kept.

    Raises LogInvalid when the file cannot be read as JSON Lines or CSV, lacks a needed column, or has no usable row.
    """
    kept: list[Handling] = []
    rejects: list[Reject] = []
    seen: dict[tuple[str, str, float], int] = {}
    for line, row in _rows(path):
        try:
            found = _handling(row, individual)
            _require_new(row, found, seen, line)
        except _Unusable as fault:
            rejects.append(Reject(line, fault.reason, fault.value))
        else:
            kept.append(found)
    if not kept:
        first = f"; line {rejects[0].line}: {rejects[0].reason}" if rejects else ""
        raise LogInvalid(f"{path}: none of {len(rejects)} rows can be used{first}")
    return ReadLog(columns(kept, individual), tuple(rejects))


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            yield from _csv_rows(path, file) if path.suffix.lower() == ".csv" else _json_rows(file)
    except (OSError, csv.Error) as error:
        raise LogInvalid(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _csv_rows(path: Path, file: Any) -> Iterator[tuple[int, Any]]:
    reader = csv.DictReader(file)
    missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
    if missing:
        raise LogInvalid(f"{path}: the first line names no column {', '.join(missing)}; a log has {', '.join(COLUMNS)}")
    for row in reader:
        yield reader.line_num, row


def _json_rows(file: Any) -> Iterator[tuple[int, Any]]:
    for line, text in enumerate(file, start=1):
        if text.strip():
            try:
                yield line, json.loads(text)
            except (ValueError, RecursionError):
                yield line, None


def _handling(row: Any, individual: bool) -> Handling:
    if not isinstance(row, Mapping):
        raise _Unusable("not a JSON object", row)
    repeat = _flag(row, "repeat")
    finished = _flag(row, "finished")
    return Handling(
        issue_type=_name(row, "issue_type", needed=True),
        cop_id=_name(row, "cop_id", needed=True) if individual else UNKNOWN,
        channel=_name(row, "channel"),
        language=_name(row, "language"),
        words=_number(row, "words", 0, 1e6),
        repeat=None if repeat is None else float(repeat),
        concurrency=_number(row, "concurrency", 1, 1000),
        stated_seconds=_number(row, "stated_seconds", 1, 1e9),
        opened_at=_time(row),
        working_seconds=_worked(row),
        finished=True if finished is None else finished,
    )


def _name(row: Mapping[str, Any], column: str, needed: bool = False) -> str:
    value = row.get(column)
    text = "" if value is None else str(value).strip()
    if needed and not text:
        raise _Unusable(f"{column} is missing", text)
    if len(text) > _LONGEST_NAME or not text.isprintable():
        raise _Unusable(f"{column} is not a name of at most {_LONGEST_NAME} printable characters", text)
    return text


def _number(row: Mapping[str, Any], column: str, low: float, high: float) -> float | None:
    value = row.get(column)
    if value is None or value == "":
        return None
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not low <= number <= high:
        raise _Unusable(f"{column} is not a number from {low:g} to {high:g}", value)
    return number


def _worked(row: Mapping[str, Any]) -> float:
    seconds = _number(row, "working_seconds", 0, LONGEST_SECONDS)
    if seconds is None:
        raise _Unusable("working_seconds is missing", "")
    return seconds


def _flag(row: Mapping[str, Any], column: str) -> bool | None:
    value = row.get(column)
    text = str(value).strip().lower()
    if value is None or text == "":
        return None
    if text not in _TRUE | _FALSE:
        raise _Unusable(f"{column} is not true or false", value)
    return text in _TRUE


def _time(row: Mapping[str, Any]) -> float:
    """Seconds since 1970; a time without a zone is read as UTC."""
    value = row.get("opened_at")
    try:
        at = datetime.fromisoformat(str(value).strip())
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise _Unusable("opened_at is not a time such as 2026-03-04T12:00:00Z", value) from error


def _require_new(row: Any, found: Handling, seen: dict[tuple[str, str, float], int], line: int) -> None:
    name = _name(row, "conversation_id")
    if not name:
        return
    # Without individuals the same conversation handed on at once would look like a copy; its COp tells them apart.
    key = (name, str(row.get("cop_id")), found.opened_at)
    if key in seen:
        raise _Unusable(f"the same conversation, COp and time as line {seen[key]}", name)
    seen[key] = line
