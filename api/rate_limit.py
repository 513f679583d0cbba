"""How fast one caller may ask: a token bucket for each, kept in this process."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

MOST_BUCKETS = 20_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """`per_second` requests in the long run, up to `burst` at once."""

    per_second: float
    burst: float


class Buckets:
    """One bucket a key. A new one is full; it fills up again at its allowance's pace."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic, most: int = MOST_BUCKETS) -> None:
        self._monotonic, self._most = monotonic, most
        self._filled: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, allowance: Allowance) -> float:
        """Take one request out; returns 0, or the seconds after which there will be one when there is none now."""
        now = self._monotonic()
        with self._lock:
            level, at = self._filled.get(key, (allowance.burst, now))
            level = min(allowance.burst, level + (now - at) * allowance.per_second)
            wait = 0.0 if level >= 1 else (1 - level) / allowance.per_second
            self._filled[key] = (level - 1 if wait == 0 else level, now)
            self._filled.move_to_end(key)
            # The one that asked least recently goes: its bucket is the fullest, so forgetting it gives least away.
            while len(self._filled) > self._most:
                self._filled.popitem(last=False)
        return wait
