"""What a result was measured on: commit, seed, machine."""

import os
import platform
import subprocess
from pathlib import Path
from typing import Any


def circumstances(what: str, seed: int) -> dict[str, Any]:
    """The head of every result file."""
    return {
        "what": what,
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(_git("status", "--porcelain", "--", ":/encoders")),
        "seed": seed,
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
