"""Files with something of customers in them: exports, refused training rows, and reports of models."""

import csv
import html
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from routing.domain.erasure import Lingering, Traces
from routing.domain.model import ModelId
from routing.ports import Store

EXPORT_OF_HANDLE_TIMES = "handle times"
LONGEST_COMPARED = 120
REPORTS = ("report.html", "report.json")


@dataclass(frozen=True, slots=True)
class ExportedFiles:
    """ports.Place: JSON Lines that commands wrote, as the database remembers; each loses the lines that name them."""

    store: Store
    name: str = "exports"

    def count(self, traces: Traces) -> int:
        """Lines that name somebody."""
        return sum(_filtered(path, _names(traces), write=False) for path in self._paths() if path.is_file())

    def erase(self, traces: Traces) -> int:
        """Rewrite each file without those lines, whole or not at all."""
        return sum(_filtered(path, _names(traces), write=True) for path in self._paths() if path.is_file())

    def lingering(self, at: datetime) -> list[Lingering]:  # noqa: ARG002 - a place's signature
        """Exports that were moved: nobody but whoever has them can look."""
        gone = [path for path in self._paths() if not path.is_file()]
        return [Lingering(f"the export {path}, which is no longer there", None) for path in gone]

    def _paths(self) -> list[Path]:
        with self.store.reading() as uow:
            return [Path(path) for path in uow.exports.all()]


@dataclass(frozen=True, slots=True)
class RefusedRows:
    """ports.Place: the `*.rejects.csv` of training in some folders."""

    folders: tuple[Path, ...]
    name: str = "refused rows"

    def count(self, traces: Traces) -> int:
        """Rows that hold their words or name them."""
        return sum(_kept_rows(path, traces)[1] for path in self._paths())

    def erase(self, traces: Traces) -> int:
        """Write each file anew without those rows."""
        return sum(self._erase(path, traces) for path in self._paths())

    def lingering(self, at: datetime) -> list[Lingering]:  # noqa: ARG002 - a place's signature
        """What people train from is theirs."""
        return [Lingering("files of your own that were given to `train --data`", None)]

    def _erase(self, path: Path, traces: Traces) -> int:
        rows, gone = _kept_rows(path, traces)
        if gone:
            content = io.StringIO()
            csv.writer(content).writerows(rows)
            _replace(path, content.getvalue())
        return gone

    def _paths(self) -> list[Path]:
        return [path for folder in self.folders for path in sorted(folder.glob("*.rejects.csv"))]


@dataclass(frozen=True, slots=True)
class ModelReports:
    """ports.Place: the reports of models that learned of somebody, where they quote them; training writes new ones."""

    store: Store
    folder: Path
    name: str = "model reports"

    def count(self, traces: Traces) -> int:
        """Reports that quote them."""
        return sum(len(self._quoting(version, traces)) for version in traces.models)

    def erase(self, traces: Traces) -> int:
        """Delete those reports, and what the registry knows of them."""
        return sum(self._erase(version, traces) for version in traces.models)

    def lingering(self, at: datetime) -> list[Lingering]:  # noqa: ARG002 - a place's signature
        """What a model remembers is told by the receipt's models."""
        return []

    def _erase(self, version: str, traces: Traces) -> int:
        quoting = self._quoting(version, traces)
        for path in quoting:
            path.unlink(missing_ok=True)
        if quoting:
            gone = {path.relative_to(self.folder).as_posix() for path in quoting}
            with self.store.transaction() as uow:
                model = uow.models.get(ModelId(version))
                kept = tuple(file for file in model.reports if file.path not in gone)
                uow.models.save(replace(model, reports=kept))
                uow.commit()
        return len(quoting)

    def _quoting(self, version: str, traces: Traces) -> list[Path]:
        inside = [self.folder / version / name for name in REPORTS]
        beside = [self.folder / f"{version}.{name}" for name in REPORTS]
        words = [_same(word)[:LONGEST_COMPARED] for word in traces.words]
        there = [path for path in (*inside, *beside) if path.is_file()]
        return [path for path in there if any(word in _read(path) for word in words if word)]


def _names(traces: Traces) -> Callable[[str], bool]:
    wanted = set(traces.ids)

    def names(line: str) -> bool:
        try:
            values = json.loads(line)
        except ValueError:
            return any(id in line for id in wanted)
        return isinstance(values, dict) and not wanted.isdisjoint(v for v in values.values() if isinstance(v, str))

    return names


def _filtered(path: Path, names: Callable[[str], bool], *, write: bool) -> int:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not names(line)]
    if write and len(kept) < len(lines):
        _replace(path, "".join(kept))
    return len(lines) - len(kept)


def _kept_rows(path: Path, traces: Traces) -> tuple[list[list[str]], int]:
    with path.open(encoding="utf-8", newline="", errors="replace") as file:
        rows = list(csv.reader(file))
    kept = [row for row in rows if not _tells(row, traces)]
    return kept, len(rows) - len(kept)


def _tells(row: Sequence[str], traces: Traces) -> bool:
    words = [_same(word)[:LONGEST_COMPARED] for word in traces.words]
    return any(cell in traces.ids or any(word and word in _same(cell) for word in words) for cell in row)


def _replace(path: Path, content: str) -> None:
    draft = path.with_name(path.name + ".part")
    draft.write_text(content, encoding="utf-8", newline="")
    draft.chmod(path.stat().st_mode)
    draft.replace(path)


def _read(path: Path) -> str:
    """What a report says, without the escapes of its kind."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".json":
        try:
            return _same("\n".join(_strings(json.loads(text))))
        except (ValueError, RecursionError):
            return _same(text)
    return _same(html.unescape(text))


def _strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    inner = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    return [text for each in inner for text in _strings(each)] if isinstance(inner, list) else []


def _same(text: str) -> str:
    """Equal for texts that differ in case and spacing alone."""
    return " ".join(text.casefold().split())
