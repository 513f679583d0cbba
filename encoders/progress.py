"""How long work tells how far it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Called with what is done out of how much, and the stage it belongs to (`encode`, `tune`, `fit`, `alerts`)."""

    def __call__(self, done: int, total: int, stage: str, /) -> None: ...


@contextmanager
def told(progress: Progress | None, stage: str) -> Iterator[None]:
    """A stage of one step, which says when it begins and when it is done."""
    if progress:
        progress(0, 1, stage)
    yield
    if progress:
        progress(1, 1, stage)
