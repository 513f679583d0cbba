"""Files beside the code (pack, pages, migrations) are installed with it."""

import subprocess
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("api", "encoders", "optimizer", "reports", "resolution", "routing", "simulation")


def tracked_files() -> list[str]:
    """The packages' files as git knows them."""
    command = ["git", "ls-files", "-z", "--", *PACKAGES]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout, so there is no list of tracked files")
    return [name for name in done.stdout.split("\0") if name]


def test_every_data_file_of_a_package_is_named_for_installation() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["*"]
    data = [name for name in tracked_files() if not name.endswith(".py")]

    left_out = [name for name in data if not any(fnmatch(Path(name).name, pattern) for pattern in patterns)]

    assert data
    assert left_out == []
