"""What a result was measured on: commit, seeds, machine, and the settings that differ from the defaults."""

import argparse
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

from simulation.floor.policies.registry import PRICING, TUNED


def circumstances(seeds: list[int], options: argparse.Namespace) -> dict[str, Any]:
    """The head of the result file."""
    import numpy
    import ortools
    import scipy

    return {
        "what": "policies on simulated floors; each figure's mean and spread over seeds, common random numbers",
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(
            _git("status", "--porcelain", "--", ":/optimizer", ":/simulation", ":/benchmarks/floor")
        ),
        "seeds": seeds,
        "hours": options.hours,
        "tick_seconds": options.tick,
        "tuned": dict(TUNED),
        "price_refresh_seconds": PRICING.refresh_seconds,
        "machine": {"cpu": _cpu(), "cores": os.cpu_count(), "load_average_at_start": round(os.getloadavg()[0], 2)},
        "python": platform.python_version(),
        "versions": {each.__name__: each.__version__ for each in (numpy, ortools, scipy)},
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
