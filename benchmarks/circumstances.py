"""What a result was measured on: commit, machine, and what the suite says about its own run."""

import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def circumstances(what: str, about: Mapping[str, Any], *sources: str) -> dict[str, Any]:
    """The head of every result file.

    `about`: seeds and the settings that differ from the defaults. `sources`: what the result depends on, as paths from
    the repository's root; changes in there that are not committed are told.
    """
    return {
        "what": what,
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(_git("status", "--porcelain", "--", *(f":/{source}" for source in sources))),
        **about,
        "machine": {"cpu": _cpu(), "cores": os.cpu_count(), "load_average_at_start": round(os.getloadavg()[0], 2)},
        "python": platform.python_version(),
    }


def _git(*arguments: str) -> str:
    git = ["git", "-C", str(Path(__file__).parent)]
    return subprocess.run([*git, *arguments], capture_output=True, text=True, check=True).stdout.strip()


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
