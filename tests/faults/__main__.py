"""Run seeds by hand: `python -m faults FIRST [COUNT]`; a broken promise is printed with its story."""

import logging
import sys
import tempfile
import time
from pathlib import Path

from faults.running import PromiseBroken, run_seeds


def main(first: int, count: int = 1) -> int:
    """Exit status 1 when a promise broke."""
    logging.disable()
    memory = Path("/dev/shm")
    began = time.process_time()
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        try:
            total = run_seeds(range(first, first + count), Path(folder))
        except PromiseBroken as broken:
            print(broken)
            return 1
    print(f"{total.told()}: no promise broken, {time.process_time() - began:.1f} s of processor time")
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:3])))
