"""Seed after seed of faults: no chat lost, nobody held twice, no rule broken, one leader, everything published."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from faults.running import Tally, run_seeds

FAST, MANY = 500, 10_000


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where the system has a place for that: a fsync waits for a disk that no seed can break."""
    memory = Path("/dev/shm")
    made = memory / f"pointsman-{os.getpid()}" if os.access(memory, os.W_OK) else tmp_path / "faults"
    made.mkdir()
    yield made
    shutil.rmtree(made)


@pytest.fixture
def many_seeds(folder: Path, record_property: Callable[[str, object], None]) -> Callable[[range], Tally]:
    """Runs seeds, and has their number told at the end of the test run."""

    def run(seeds: range) -> Tally:
        total = run_seeds(seeds, folder)
        record_property("told", f"fault simulator: {total.told()}, 0 promises broken")
        return total

    return run


def test_no_promise_breaks_whatever_goes_wrong(many_seeds: Callable[[range], Tally]) -> None:
    total = many_seeds(range(FAST))
    assert total.seeds == FAST
    quietest = min(total.crashes, total.offers, total.messages, total.shared)
    assert quietest > FAST and total.gathered > FAST / 2, "the floor was too quiet to prove anything"


def test_a_seed_does_the_same_again(folder: Path) -> None:
    first, second = ([run_seeds([seed], folder / str(turn)) for seed in (3, 7)] for turn in (1, 2))
    assert first == second


@pytest.mark.slow
def test_no_promise_breaks_over_night(many_seeds: Callable[[range], Tally]) -> None:
    assert many_seeds(range(FAST, FAST + MANY)).seeds == MANY
