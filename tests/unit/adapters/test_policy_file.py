"""The policy that matching goes by follows its file, as long as the file is whole."""

import os
from pathlib import Path

import pytest

from optimizer.errors import ParametersInvalid
from optimizer.policy import MatchingPolicy
from routing.adapters.policy_file import PolicyFile

FIRST = "[matching]\naffinity_bonus_seconds = 33\n"
BROKEN = "[matching]\naffinity_bonus_seconds = -1\nno_such_name = 2\n"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(FIRST)
    return path


def write(path: Path, text: str) -> None:
    before = path.stat().st_mtime_ns
    path.write_text(text)
    os.utime(path, ns=(before + 1_000_000, before + 1_000_000))


def test_without_a_file_the_optimizers_own_policy_is_in_force():
    policies = PolicyFile()
    assert policies.current == MatchingPolicy()
    assert not policies.reload_if_changed()


def test_a_first_file_that_is_broken_is_refused_with_every_fault(written: Path):
    written.write_text(BROKEN)
    with pytest.raises(ParametersInvalid) as refused:
        PolicyFile(written)
    assert len(refused.value.faults) == 2


def test_a_changed_file_takes_over_once(written: Path):
    policies = PolicyFile(written)
    write(written, FIRST.replace("33", "44"))
    assert policies.reload_if_changed()
    assert policies.current.matching.affinity_bonus_seconds == 44
    assert not policies.reload_if_changed()


@pytest.mark.parametrize("wrong", [BROKEN, "[matching\n", None])
def test_a_file_that_becomes_wrong_or_goes_away_leaves_the_old_policy_and_says_so(written: Path, wrong: str | None):
    policies = PolicyFile(written)
    before = policies.current
    if wrong is None:
        written.unlink()
    else:
        write(written, wrong)
    assert not policies.reload_if_changed()
    assert policies.current is before
    assert policies.health.startswith("ok; the changed policy file has ")
    assert before.version in policies.health
    written.write_text(FIRST.replace("33", "55"))
    assert policies.reload_if_changed()
    assert policies.health == "ok"


def test_a_file_that_was_only_touched_changes_nothing(written: Path):
    policies = PolicyFile(written)
    write(written, "# a word on it\n" + FIRST)
    assert not policies.reload_if_changed()
    assert policies.health == "ok"
