"""A report on disk: a page and a JSON beside each other, each written whole or not at all."""

import json
from pathlib import Path

from encoders.report.document import ModelReport
from encoders.report.page import render
from reports import write_whole


def write_report(report: ModelReport, page: Path, data: Path | None = None) -> None:
    """Write the page, and with `data` the same figures as JSON."""
    write_whole(page, render(report))
    if data is not None:
        write_whole(data, json.dumps(report.as_dict(), indent=1, ensure_ascii=False) + "\n")
