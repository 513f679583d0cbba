"""What a killed test run left behind is removed by the next one; what somebody uses is not."""

import os
from pathlib import Path

from servers.postgres import FOLDER, OWNER, locked, remove_orphans


def cluster(place: Path, name: str) -> Path:
    folder = place / f"{FOLDER}{name}"
    (folder / "data").mkdir(parents=True)
    (folder / OWNER).touch()
    return folder


def test_a_cluster_whose_run_is_gone_is_removed_and_one_in_use_stays(tmp_path: Path) -> None:
    left, used, stranger = cluster(tmp_path, "left"), cluster(tmp_path, "used"), tmp_path / "pointsman-postgres-old"
    stranger.mkdir()
    held = locked(used / OWNER)

    remove_orphans(tmp_path)
    assert not left.exists() and used.exists() and stranger.exists()

    os.close(held)
    remove_orphans(tmp_path)
    assert not used.exists()
