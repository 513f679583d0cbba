"""A disk that is full: nothing acknowledged is lost, what is refused can be sent again, and no restart is needed."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bank import Bank, Floor
from installation import Installation, installed
from installed_database import assert_balanced, read_books
from servers import processes

DISK_BYTES = 24_000_000
PATIENCE_SECONDS = 120.0
TEXT = "where is my card, it should have come long ago " * 20


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk, and on Linux")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(place)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def home(tmp_path: Path, disk: Path, small_bank: Bank) -> Iterator[Installation]:
    """An installation whose database lies on that disk."""
    variables = {
        "POINTSMAN_PACK": str(small_bank.pack),
        "POINTSMAN_DATABASE_URL": f"sqlite:///{disk / 'pointsman.db'}",
    }
    with installed(tmp_path / "home", variables, small_bank.models) as installation:
        yield installation


def test_what_was_acknowledged_before_a_full_disk_is_there_after_it_and_the_rest_can_be_sent_again(
    home: Installation, disk: Path
):
    home.serve()
    with home.client() as client:
        floor = Floor(client)
        before = _write_until_refused(floor, "before", 5)
        assert len(before) == 5
        filler = disk / "filler"
        _fill(filler)
        tight = _write_until_refused(floor, "tight", 4_000)
        assert len(tight) < 4_000, "the disk is full"
        refused = floor.write(TEXT, "after", "key-of-after")
        assert refused.status_code == 503
        assert refused.headers["Retry-After"]

        filler.unlink()
        processes.wait_until(
            lambda: floor.write(TEXT, "after", "key-of-after").status_code == 201, "room again", PATIENCE_SECONDS
        )
        acknowledged = {*before, *tight, "after"}
        processes.wait_until(lambda: acknowledged <= set(floor.states()), "everybody is there", PATIENCE_SECONDS)
    books = read_books(home.variables["POINTSMAN_DATABASE_URL"])
    assert_balanced(books)
    assert home.run("audit", "verify").returncode == 0


def _fill(filler: Path) -> None:
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65_536)
        except OSError:
            return


def _write_until_refused(floor: Floor, name: str, most: int) -> list[str]:
    """Write until the service refuses, `most` at most; the ids of what it acknowledged."""
    written: list[str] = []
    for number in range(most):
        if not floor.write(TEXT, f"{name}-{number}", f"{name}-{number}").is_success:
            break
        written.append(f"{name}-{number}")
    return written
