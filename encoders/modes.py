"""How a model is trained: what suits the data, or what was asked for."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from statistics import median

_FEW_A_TYPE = 20


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
    """What `auto` means for these messages, given by the issue type of each: `zero` without any, `few` below twenty
    a type (the middle one counts), else `fast`."""
    if wanted is not Mode.AUTO:
        return wanted
    counts = Counter(issue_types)
    if not counts:
        return Mode.ZERO
    return Mode.FEW if median(counts.values()) < _FEW_A_TYPE else Mode.FAST
