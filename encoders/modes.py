"""How a model is trained: what suits the data, or what was asked for."""

from collections.abc import Iterable
from enum import StrEnum


class Mode(StrEnum):
    """`fast`: the encoder stays as it is; `best` and `few`: it is tuned as well; `zero`: names and descriptions."""

    AUTO = "auto"
    FAST = "fast"
    BEST = "best"
    FEW = "few"
    ZERO = "zero"

    @property
    def tunes(self) -> bool:
        """Whether the encoder itself learns."""
        return self in (Mode.BEST, Mode.FEW)


def settled(wanted: Mode, issue_types: Iterable[str]) -> Mode:
    """What `auto` means for these messages, given by the issue type of each: `zero` without any, else `fast`.

    Tuning takes minutes for a point or two: it is for whoever asks for it.
    """
    if wanted is not Mode.AUTO:
        return wanted
    return Mode.FAST if next(iter(issue_types), None) is not None else Mode.ZERO
