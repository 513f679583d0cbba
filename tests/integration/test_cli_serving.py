"""A serving process and the files around it: a broken pack or policy keeps the old one; a model goes live."""

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from bank import Bank, Floor
from installation import END_SECONDS, Installation, installed
from servers import processes
from small_pack import write_pack

PATIENCE_SECONDS = 120.0


@pytest.fixture
def home(tmp_path: Path, small_bank: Bank) -> Iterator[Installation]:
    """An installation with a pack of its own to edit."""
    pack = write_pack(tmp_path / "pack", small_bank.families, ["anna", "ben"])
    with installed(tmp_path / "home", {"POINTSMAN_PACK": str(pack)}, small_bank.models) as installation:
        yield installation


def test_a_pack_broken_while_running_leaves_the_old_one_in_service_and_is_shown(home: Installation, small_bank: Bank):
    serving = home.serve()
    floor_file = Path(home.variables["POINTSMAN_PACK"]) / "floor.toml"
    whole = floor_file.read_text()
    with home.client() as client:
        floor_file.write_text(whole.replace("capacity = { chat = 4 }", "capacity = { chat = -4 }", 1))
        _wait_for_part(client, "pack", "ok; the changed pack has 1 errors")
        assert client.get("/readyz").status_code == 200, "a refused file is no reason to take the traffic away"
        assert {cop["id"] for cop in Floor(client).items("/v1/cops")} == {"anna", "ben"}

        mended = write_pack(home.folder / "mended", small_bank.families, ["anna", "ben", "cleo"])
        shutil.copy(mended / "floor.toml", floor_file)
        processes.wait_until(lambda: "cleo" in _cops(client), "the mended pack", PATIENCE_SECONDS)
        assert client.get("/readyz").json()["parts"]["pack"] == "ok"
    serving.send_signal(signal.SIGTERM)
    assert serving.wait(END_SECONDS) == 0


def test_a_policy_edited_while_running_is_in_force_once_it_is_whole_and_told_in_the_history(home: Installation):
    policy = home.folder / "policy.toml"
    policy.write_text("[matching]\naffinity_bonus_seconds = 33\n")
    home.variables = {**home.variables, "POINTSMAN_MATCHING": str(policy)}
    home.serve()
    with home.client() as client:
        [first] = _policies(home)
        policy.write_text("[matching]\naffinity_bonus_seconds = -33\n")
        _wait_for_part(client, "policy", "ok; the changed policy file has 1 errors")
        assert client.get("/readyz").status_code == 200
        assert _policies(home) == [first]

        policy.write_text("[matching]\naffinity_bonus_seconds = 333\n")
        _wait_for_part(client, "policy", "ok", whole=True)
        # Asking the history is a command of its own, seconds of a processor: not before there is something to ask for.
        processes.wait_until(lambda: len(_policies(home)) == 2, "the mended policy", PATIENCE_SECONDS)
    shown = json.loads(home.run("policy", "show", policy, "--json").stdout)
    assert _policies(home) == [first, shown["version"]]


def _policies(home: Installation) -> list[str]:
    """The versions of the matching policy that the sealed history tells of, oldest first."""
    told = home.run("audit", "search", "--kind", "matching_policy.changed", "--json", code=None)
    return [json.loads(line)["data"]["version"] for line in reversed(told.stdout.splitlines())]


def _wait_for_part(client: httpx.Client, part: str, told: str, *, whole: bool = False) -> None:
    """Until a part of the service tells of itself what begins so, or just that."""

    def reached() -> bool:
        said = str(client.get("/readyz").json()["parts"][part])
        return said == told if whole else said.startswith(told)

    processes.wait_until(reached, told, PATIENCE_SECONDS)


def _cops(client: httpx.Client) -> set[str]:
    return {cop["id"] for cop in Floor(client).items("/v1/cops")}


def test_training_the_same_again_swaps_nothing_and_says_so(home: Installation):
    outcome = json.loads(home.run_here("train", "--json").stdout)
    assert outcome["version"] == outcome["previous"]
    assert outcome["swapped"] is False
    assert outcome["accuracy"] == outcome["accuracy_before"]


def test_feedback_goes_into_the_serving_model_only(home: Installation):
    done = home.run("train", "--with-feedback", "--out", "elsewhere", code=2)
    assert "--out" in done.stderr
