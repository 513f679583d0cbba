"""Progress for people: a bar on a terminal, a plain line a stage elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from routing.adapters.models import Progress


@contextmanager
def shown(title: str) -> "Iterator[Progress]":
    """A callable `(done, total, stage)` that shows how far the work is, on stderr."""
    if not sys.stderr.isatty():
        yield _PlainLines(title)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(title)
        yield lambda done, total, stage: bars.update(task, completed=done, total=total, description=f"{title}: {stage}")


class _PlainLines:
    """One line when a stage begins, so that logs stay short."""

    def __init__(self, title: str) -> None:
        self._title, self._stage = title, ""

    def __call__(self, _done: int, _total: int, stage: str) -> None:
        if stage != self._stage:
            self._stage = stage
            print(f"{self._title}: {stage}", file=sys.stderr, flush=True)
