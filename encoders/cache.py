"""The folder of what can be made again: unpacked weights and prepared graphs."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

VARIABLE = "POINTSMAN_CACHE"


def cache_folder() -> Path:
    """`POINTSMAN_CACHE`, or the place the platform keeps such files in.

    Read here and not in the service's settings: training, benchmarks and notebooks use encoders without a service.
    """
    if given := os.environ.get(VARIABLE):
        return Path(given)
    platform = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(platform) if platform else Path.home() / ".cache") / "pointsman"


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """The folder `name` in the cache; where it is not there yet, `make` fills it, whole or not at all.

    Two processes may do so at once: the first to finish wins, and the other takes the first one's. Raises OSError
    where the cache cannot be written.
    """
    wanted = cache_folder() / name
    if wanted.is_dir():
        return wanted
    wanted.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=wanted.parent))
    try:
        make(beside)
        _move(beside, wanted)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return wanted


def _move(made: Path, wanted: Path) -> None:
    try:
        made.rename(wanted)
    except OSError:
        if not wanted.is_dir():
            raise
