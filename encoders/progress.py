"""How long work tells how far it is."""

from typing import Protocol


class Progress(Protocol):
    """Called with what is done out of how much, and the stage it belongs to (`encode`, `fit`, `calibrate`)."""

    def __call__(self, done: int, total: int, stage: str, /) -> None: ...
