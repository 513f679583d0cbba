"""`pointsman fairness` on a real database."""

import json
from pathlib import Path

from typer.testing import CliRunner

from routing.cli.app import app


def test_every_cop_of_the_roster_has_a_row(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["fairness", "--data-dir", str(tmp_path), "--hours", "4", "--json"])
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert len(report["cops"]) == 40
    assert {row["taken"] for row in report["cops"]} == {0}
    assert report["most_hard_share"] is None
    plain = CliRunner().invoke(app, ["fairness", "--data-dir", str(tmp_path)])
    assert "amara-okafor\t0\t0\t-\t" in plain.stdout
