"""A report on disk: a page and a JSON beside each other, each written whole or not at all."""

import json
from pathlib import Path

from encoders.report.document import ModelReport
from encoders.report.page import render


def write_report(report: ModelReport, page: Path, data: Path | None = None) -> None:
    """Write the page, and with `data` the same figures as JSON."""
    _write(page, render(report))
    if data is not None:
        _write(data, json.dumps(report.as_dict(), indent=1, ensure_ascii=False) + "\n")


def _write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_text(content, encoding="utf-8", errors="backslashreplace")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
