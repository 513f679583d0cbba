"""Which words of a message speak for its first issue type against the second: measured by leaving each of them out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_SPANS = 24
LEAST_SAID = 0.02
_WORD = re.compile(r"\[[A-Z_]{2,}\]|\w+(?:['’]\w+)*")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of one message of several."""

    message: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Weighed:
    """A span, and by how much the first type's share of the pair falls without it: below 0 it speaks for the second."""

    span: Span
    weight: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """What was found of one message: for `first` against `second`, by model `model_version`.

    `share`: what the first has of the two together, with every word. `complete` is False where time ran out before
    every span was left out once.
    """

    first: str
    second: str
    share: float
    weighed: tuple[Weighed, ...]
    complete: bool
    model_version: str

    @property
    def telling(self) -> tuple[Weighed, ...]:
        """Spans that move the share by 2 percentage points or more, in the order of the text."""
        return tuple(each for each in self.weighed if abs(each.weight) >= LEAST_SAID)


def spans_of(messages: Sequence[str], most: int = MOST_SPANS) -> list[Span]:
    """Every word by itself; runs of neighbouring words where there are more than `most`."""
    found = [Span(at, word.start(), word.end()) for at, text in enumerate(messages) for word in _WORD.finditer(text)]
    together = -(-len(found) // most) if found else 1
    runs: list[Span] = []
    for at in range(len(messages)):
        mine = [span for span in found if span.message == at]
        runs += [_joined(mine[start : start + together]) for start in range(0, len(mine), together)]
    return runs


def _joined(run: Sequence[Span]) -> Span:
    return Span(run[0].message, run[0].start, run[-1].end)


def without(messages: Sequence[str], span: Span) -> tuple[str, ...]:
    """The messages without one span."""
    text = messages[span.message]
    rest = f"{text[: span.start]} {text[span.end :]}".strip()
    return tuple(rest if at == span.message else each for at, each in enumerate(messages))


def share_of(distribution: Mapping[str, float], first: str, second: str) -> float:
    """What the first has of the two together; half where neither has anything."""
    mine, others = distribution.get(first, 0.0), distribution.get(second, 0.0)
    return mine / (mine + others) if mine + others > 0 else 0.5
