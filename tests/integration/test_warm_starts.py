"""Processes that the suite starts warm say, write and end what the installed command does."""

from pathlib import Path

import pytest
from installation import installed, kill


@pytest.mark.parametrize("words", [("--version",), ("migrate",), ("consume",), ("nonsense",)])
def test_a_warm_start_says_and_ends_as_a_cold_one(tmp_path: Path, words: tuple[str, ...]):
    ends = []
    for cold in (False, True):
        with installed(tmp_path / str(cold), cold=cold) as home:
            done = home.run(*words, code=None)
            ends.append((done.returncode, done.stdout, done.stderr, sorted(p.name for p in home.folder.rglob("*.db"))))
    assert ends[0] == ends[1]


def test_a_warm_start_is_a_process_of_its_own_that_can_be_killed(tmp_path: Path):
    with installed(tmp_path) as home:
        process = home.start("serve")
        assert process.poll() is None
        kill(process)
        assert process.returncode == -9
