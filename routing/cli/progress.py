"""Progress for people: a bar on a terminal, a plain line a stage elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routing.adapters.models import Progress


GUESSED_FROM = 0.02
"""Share of the work after which the time left is worth telling."""
WORTH_TELLING_SECONDS = 60.0


@contextmanager
def shown(title: str, *, time_left: bool = False) -> "Iterator[Progress]":
    """A callable `(done, total, stage)` that shows how far the work is, on stderr; `time_left`: and how long it takes.

    Only work that goes on evenly has a time left that can be told.
    """
    if not sys.stderr.isatty():
        yield _PlainLines(title, time_left)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    left = (TextColumn("left"), TimeRemainingColumn()) if time_left else ()
    with Progress(*columns, TimeElapsedColumn(), *left, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(title)
        yield lambda done, total, stage: bars.update(task, completed=done, total=total, description=f"{title}: {stage}")


class _PlainLines:
    """One line when a stage begins, so that logs stay short, and at most one with the time left."""

    def __init__(self, title: str, time_left: bool) -> None:
        self._title, self._stage = title, ""
        self._owed, self._began = time_left, perf_counter()

    def __call__(self, done: int, total: int, stage: str) -> None:
        if stage != self._stage:
            self._stage = stage
            print(f"{self._title}: {stage}", file=sys.stderr, flush=True)
        if self._owed and done >= GUESSED_FROM * total > 0:
            self._owed = False
            seconds = (perf_counter() - self._began) * (total / done - 1)
            if seconds >= WORTH_TELLING_SECONDS:
                print(f"{self._title}: about {seconds / 60:.0f} min left", file=sys.stderr, flush=True)
