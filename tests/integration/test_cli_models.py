"""Models from the command line with the real command: trained, adopted from the folder alone, rolled back."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bank import Bank
from installation import Installation, installed

SECOND = "0123456789ab"


@pytest.fixture
def home(tmp_path: Path, small_bank: Bank) -> Iterator[Installation]:
    """An installation of the time before the registry: a models folder with its note and a second model, and no row."""
    with installed(tmp_path / "home", {"POINTSMAN_PACK": str(small_bank.pack)}, small_bank.models) as installation:
        folder = installation.data_dir / "models"
        shutil.copytree(folder / live_by_note(folder), folder / SECOND)
        yield installation


def live_by_note(folder: Path) -> str:
    return str(json.loads((folder / "live.json").read_text())["version"])


def asked(home: Installation, *words: str) -> Any:
    return json.loads(home.run("models", *words, "--json").stdout)


def test_a_model_goes_live_and_back_with_real_models(home: Installation):
    folder = home.data_dir / "models"
    old = live_by_note(folder)
    promoted = asked(home, "promote", SECOND, "--by", "mona")
    assert (promoted["promoted"], promoted["previous"]) == (True, old)
    assert promoted["assessment"]["accuracy"] > 0.5, "chance would be right on one in twelve"
    assert live_by_note(folder) == SECOND
    shown = asked(home, "show", old)
    assert shown["changed_files"] == [] and shown["thresholds"]["target_error"] == 0.05
    drift = asked(home, "drift", "--now")
    assert {measure["name"] for measure in drift["measures"]} == {"inputs", "novelty", "confidence", "overrides"}
    assert asked(home, "rollback", "--by", "mick")["id"] == old
    assert {model["id"]: model["state"] for model in asked(home, "list")} == {old: "live", SECOND: "retired"}
