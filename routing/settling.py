"""What came to stay in a process is not looked through for garbage again: a full collection stops every thread."""

import gc
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from routing.engine import Engine, Loop

LONG_SECONDS = 0.05
"""A full collection that takes longer is one that those who wait for an answer feel."""
LOOK_SECONDS = 5.0


class Settling:
    """Sets aside what there is whenever a full collection took long: a model's million objects most of all.

    What was set aside before is looked through once more first, so a model that another one replaced is let go of.
    """

    def __init__(self, long_seconds: float = LONG_SECONDS) -> None:
        self._long_seconds = long_seconds
        self._began = 0.0
        self._felt = False

    def heard(self, phase: str, info: Mapping[str, int]) -> None:
        """Told by the collector (`gc.callbacks`) of each collection's beginning and end."""
        if info["generation"] < 2:
            return
        if phase == "start":
            self._began = time.perf_counter()
        elif time.perf_counter() - self._began > self._long_seconds:
            self._felt = True

    def step(self) -> bool:
        """Set everything aside where the newest full collections took long; there is never more to do at once."""
        if self._felt:
            gc.unfreeze()
            gc.collect()
            gc.freeze()
            # The collection above is as long as it has to be: it is no reason for the next one.
            self._felt = False
        return False


@contextmanager
def settling() -> Iterator[None]:
    """Watch this process's collector for as long as it is within."""
    settler = Settling()
    watching = Engine((Loop("settling", settler.step, LOOK_SECONDS),))
    gc.callbacks.append(settler.heard)
    watching.start()
    try:
        yield
    finally:
        gc.callbacks.remove(settler.heard)
        watching.stop()
