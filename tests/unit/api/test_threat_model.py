"""Every mitigation that the threat model claims names the code that does it and the test that proves it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("## Hostile input")[2].partition("## Not covered yet")[0]
LINES = [line for line in TABLE.splitlines() if line.startswith("| ")][1:]
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in LINES]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0][:40])
def test_every_mitigation_names_its_code_and_its_proof(row: list[str]) -> None:
    _, _, where, proof = row
    folder = Path()
    for named in re.findall(r"`([^`]+)`", where):
        folder = Path(named).parent if "/" in named else folder
        path = ROOT / (named if "/" in named else folder / named)
        assert path.exists(), named
    tests = re.findall(r"`([^`]+)`", proof)
    assert tests
    for named in tests:
        path = ROOT / "tests" / named
        assert path.is_file(), named
        assert "\ndef test_" in path.read_text(encoding="utf-8"), named


def test_the_model_has_rows() -> None:
    assert len(ROWS) >= 25
