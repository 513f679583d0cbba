"""An experiment in a pack: what it becomes, and what is refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from routing.adapters.pack import check_path, load_pack
from routing.domain.experiment import Arm, ArmPolicy, Way

TRIAL = {"name": "dearer-time", "candidate": "dearer", "start": "2026-03-02T00:00Z", "end": "2026-03-09T01:00+01:00"}
DEARER = {"matching": {"price_weight": 4.0}}


@pytest.fixture
def pack(good_files: Callable[[], dict[str, Any]], write: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    def written(policy: dict[str, Any] | None = None, **changes: object) -> Path:
        files = good_files()
        files["floor.toml"]["experiment"] = {**TRIAL, **changes}
        files["policies/dearer.toml"] = DEARER if policy is None else policy
        return write(tmp_path, files)

    return written


def faults(folder: Path) -> list[str]:
    return [f"{error.path}: {error.allowed}" for error in check_path(folder).errors]


def test_it_says_who_takes_turns_when_and_where(pack: Callable[..., Path]) -> None:
    found = load_pack(pack(block_minutes=30, fast_lane="included")).experiment
    assert found is not None
    assert (found.name, found.block_minutes, found.settling_minutes, found.groups) == ("dearer-time", 30, 15, None)
    assert (found.starts_at, found.ends_at) == (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC))
    assert found.pairs == 7 * 24
    assert not found.spares_fast_lane
    assert found.arms[Arm.A] == ArmPolicy()
    assert found.arms[Arm.B].values == {"matching": {"price_weight": 4.0}, "pricing": {}}


@pytest.mark.parametrize("way", [Way.GREEDY, Way.LONGEST_IDLE])
def test_a_plain_rule_needs_no_file(pack: Callable[..., Path], way: Way) -> None:
    found = load_pack(pack(baseline=way.value, candidate="in_force")).experiment
    assert found is not None
    assert found.arms == {Arm.A: ArmPolicy(way.value, way), Arm.B: ArmPolicy()}


def test_markets_are_named_with_their_whole_matching_group(pack: Callable[..., Path]) -> None:
    found = load_pack(pack(markets=["gb", "ie"])).experiment
    assert found is not None
    assert found.groups == {"islands"}
    assert faults(pack(markets=["gb"])) == ["experiment.markets[0]: its matching group as a whole, which has ie too"]
    assert "a market of this file: gb, ie" in faults(pack(markets=["gb", "ie", "fr"]))[0]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"candidate": "bolder"},
            "experiment.candidate: in_force, greedy, longest_idle, or a file of policies/: dearer",
        ),
        ({"end": "2026-03-01T00:00Z"}, 'experiment.end: a time with its offset after start ("2026-03-02T00:00Z")'),
        ({"start": "2026-03-02T00:00"}, "experiment.start: a time with its offset, such as"),
        ({"block_minutes": 4}, "experiment.block_minutes: length of a block: minutes from 5 to 10080"),
        ({"block_minutes": 10, "settling_minutes": 10}, "experiment.settling_minutes: minutes from 0 to 9"),
        ({"fast_lane": "first"}, "experiment.fast_lane: fraud and vulnerable customers"),
        ({"markets": ["gb", "ie", "gb"]}, "experiment.markets: each entry only once"),
        ({"washout": 5}, "experiment.washout: one of name, baseline"),
    ],
)
def test_what_cannot_be_is_told_with_what_is_allowed(
    pack: Callable[..., Path], changes: dict[str, object], told: str
) -> None:
    found = faults(pack(**changes))
    assert len(found) == 1
    assert found[0].startswith(told)


def test_a_value_of_a_policy_file_is_checked_like_that_of_any_policy(pack: Callable[..., Path]) -> None:
    [error] = check_path(pack({"matching": {"price_weight": -1}})).errors
    assert (error.file, error.path, error.value) == ("policies/dearer.toml", "matching.price_weight", "-1")
    [error] = check_path(pack({"matching": {}, "prices": {}})).errors
    assert (error.path, error.value) == ("prices", "prices")


def test_another_policy_is_another_pack(pack: Callable[..., Path]) -> None:
    before, after = (load_pack(pack(policy)).version for policy in (DEARER, {"matching": {"price_weight": 5.0}}))
    assert before != after
