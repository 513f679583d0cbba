"""Plants fault after fault and prints who noticed: `python -m planted [WORD ...]`, the faults with one of the words."""

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from planted.judging import Outcome, named, run
from planted.planting import Fault, NoLongerFits, copy_tree, listed, planted

CAUGHT, MISSED, UNFIT = "caught", "MISSED", "NO LONGER FITS"


def main(words: Sequence[str]) -> int:
    """Exit status 1 when a fault was missed, no longer fits, or a test is red without any; 2 for words of no fault."""
    faults = [each for each in listed() if not words or any(word in each.name for word in words)]
    if not faults:
        print(f"no planted fault is named with any of: {' '.join(words)}; tests/planted/faults.toml lists them")
        return 2
    memory = Path("/dev/shm")  # a fsync waits for a disk that no fault here can break
    place = memory if memory.is_dir() and os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="pointsman-planted-", dir=place) as folder:
        root = Path(folder)
        copy_tree(root)
        return 0 if _is_green(faults, root) and _all_caught(faults, root) else 1


def _is_green(faults: Sequence[Fault], root: Path) -> bool:
    tests = named(faults)
    began = time.monotonic()
    outcome = run(tests, root)
    if outcome.status != 0:
        print(f"red without any fault:\n{outcome.report}")
        return False
    print(f"{len(tests)} tests are green without any fault, {time.monotonic() - began:.1f} s", flush=True)
    return True


def _all_caught(faults: Sequence[Fault], root: Path) -> bool:
    began, verdicts = time.monotonic(), []
    widths = [max(len(text) for text in column) for column in zip(*map(_cells, faults), strict=True)]
    for fault in faults:
        started = time.monotonic()
        verdict, why = _verdict(fault, root)
        verdicts.append(verdict)
        name, file = (text.ljust(width) for text, width in zip(_cells(fault), widths, strict=True))
        seconds = time.monotonic() - started
        print(f"{name} | {file} | {verdict} | {seconds:5.1f} s | {', '.join(fault.tests)}{why}", flush=True)
    caught = verdicts.count(CAUGHT)
    print(f"{caught} of {len(faults)} planted faults were caught, {time.monotonic() - began:.0f} s")
    return caught == len(faults)


def _cells(fault: Fault) -> tuple[str, str]:
    return fault.name, ", ".join(fault.files)


def _verdict(fault: Fault, root: Path) -> tuple[str, str]:
    try:
        with planted(fault, root):
            outcome = run(fault.tests, root)
    except NoLongerFits as problem:
        return UNFIT, f" ({problem})"
    return _judged(fault, outcome)


def _judged(fault: Fault, outcome: Outcome) -> tuple[str, str]:
    missed = outcome.missed(fault.tests)
    if not missed:
        return CAUGHT, ""
    return MISSED, f" (not red: {', '.join(missed)}; exit status {outcome.status})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
