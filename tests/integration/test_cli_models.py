"""Models from the command line, with the real command over a real installation: adopted, promoted, rolled back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bank import Bank
from installation import Installation, installed


@pytest.fixture
def home(tmp_path: Path, small_bank: Bank) -> Iterator[Installation]:
    """An installation of the time before the registry: a models folder with its note, and no row."""
    with installed(tmp_path / "home", {"POINTSMAN_PACK": str(small_bank.pack)}, small_bank.models) as installation:
        yield installation


def asked(home: Installation, *words: str, code: int = 0) -> Any:
    return json.loads(home.run("models", *words, "--json", code=code).stdout)


def states(home: Installation) -> dict[str, str]:
    return {model["id"]: model["state"] for model in asked(home, "list")}


def test_a_model_goes_its_way_from_the_folder_to_live_and_back(home: Installation):
    [adopted] = asked(home, "list")
    old = adopted["id"]
    assert (adopted["state"], adopted["registered_by"]) == ("live", "adoption")

    trained = json.loads(home.run("train", "--seed", "1", "--json").stdout)
    new = trained["version"]
    assert new != old and trained["previous"] == old
    if not trained["swapped"]:
        home.run("models", "promote", new, "--force", "--reason", "a test of the way back", "--by", "mona")
    assert states(home) == {old: "retired", new: "live"}
    assert home.run("models", "promote", new, code=2).stderr.startswith("pointsman: model")

    shown = asked(home, "show", new[:8])
    assert shown["previous"] == old and shown["changed_files"] == []
    assert shown["reference"]["messages"] > 0
    assert {Path(report["path"]).name for report in shown["reports"]} == {f"{new}.report.html", f"{new}.report.json"}
    assert asked(home, "compare", old)["slices"][0]["name"] == "all messages"

    assert asked(home, "rollback", "--reason", "complaints", "--by", "mick")["id"] == old
    assert states(home) == {old: "live", new: "retired"}
    history = asked(home, "show", old)["history"]
    assert (history[0]["kind"], history[0]["actor"], history[0]["reason"]) == (
        "model.rolled_back",
        "mick",
        "complaints",
    )
    note = json.loads((home.data_dir / "models" / "live.json").read_text())
    assert (note["version"], note["previous"]) == (old, None)

    assert asked(home, "shadow", new)["state"] == "shadow"
    assert asked(home, "shadow")["messages"] == 0
    assert asked(home, "shadow", "--stop")["state"] == "candidate"
    drift = asked(home, "drift", "--now")
    assert {measure["name"] for measure in drift["measures"]} == {"inputs", "novelty", "confidence", "overrides"}


def test_what_cannot_be_done_is_told_without_a_traceback(home: Installation):
    for words in (("rollback",), ("show", "nobody"), ("shadow", "--stop"), ("promote", "nobody"), ("drift",)):
        done = home.run("models", *words, code=2)
        assert done.stderr.startswith("pointsman: ")
        assert "Traceback" not in done.stderr
    forced = home.run("models", "promote", asked(home, "list")[0]["id"], "--force", code=2)
    assert "only with a reason" in forced.stderr
