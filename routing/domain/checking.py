"""Blind checks of automatic decisions: which ones are drawn, and what their verdicts say of the true error."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from math import exp, lgamma, log, log1p

from routing.domain.errors import Invalid
from routing.domain.review import ReviewItem

SAMPLED = "blind_sample"
_HALVINGS = 60
_OUTCOMES = 2**64


@dataclass(frozen=True, slots=True)
class Checked:
    """Of the automatic decisions of one model: how many were drawn, how many people decided, how many were wrong."""

    model_version: str
    sampled: int
    decided: int
    wrong: int


@dataclass(frozen=True, slots=True)
class TrueError:
    """The error among automatic decisions with its exact interval; without a verdict anything is possible."""

    checked: Checked
    error: float | None
    low: float
    high: float


def is_drawn(conversation_id: str, share: float) -> bool:
    """Whether a conversation belongs to the share that is checked: the same answer every time and everywhere."""
    digest = hashlib.sha256(f"blind:{conversation_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < share * _OUTCOMES


def count_checked(items: Iterable[ReviewItem]) -> list[Checked]:
    """Blind items by model version, in the order of the versions; a verdict other than the guess is an error."""
    blind = sorted((item for item in items if item.blind), key=lambda item: str(item.model_version))
    return [_count(version, list(found)) for version, found in groupby(blind, lambda item: str(item.model_version))]


def _count(version: str, items: list[ReviewItem]) -> Checked:
    verdicts = [(item.verdict.issue_type, item.guess) for item in items if item.verdict is not None]
    return Checked(version, len(items), len(verdicts), sum(said != guess for said, guess in verdicts))


def together(checked: Iterable[Checked], name: str = "all") -> Checked:
    """Every model's checks as one."""
    found = list(checked)
    return Checked(name, *(sum(getattr(each, field) for each in found) for field in ("sampled", "decided", "wrong")))


def true_error(checked: Checked) -> TrueError:
    """The share of wrong ones among the decided, and the interval that holds the true share (95 %)."""
    low, high = exact_interval(checked.wrong, checked.decided)
    return TrueError(checked, checked.wrong / checked.decided if checked.decided else None, low, high)


def exact_interval(hits: int, of: int, confidence: float = 0.95) -> tuple[float, float]:
    """Two-sided interval of a share by Clopper and Pearson (1934): it never promises more than it holds."""
    if not 0 <= hits <= of:
        raise Invalid("hits", hits, f"0 to {of}")
    if not 0 < confidence < 1:
        raise Invalid("confidence", confidence, "above 0, below 1")
    tail = (1.0 - confidence) / 2.0
    low = 0.0 if hits == 0 else _share_where(lambda share: at_most(hits - 1, of, share) > 1.0 - tail)
    high = 1.0 if hits == of else _share_where(lambda share: at_most(hits, of, share) > tail)
    return low, high


def _share_where(below: Callable[[float], bool]) -> float:
    """Where `below`, true for small shares, turns false."""
    left, right = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (left + right) / 2.0
        left, right = (middle, right) if below(middle) else (left, middle)
    return (left + right) / 2.0


def at_most(hits: int, of: int, share: float) -> float:
    """Probability of at most `hits` among `of` when each is one with probability `share`, which is not 0 or 1."""
    whole = lgamma(of + 1)
    terms = (
        whole - lgamma(k + 1) - lgamma(of - k + 1) + k * log(share) + (of - k) * log1p(-share) for k in range(hits + 1)
    )
    return min(1.0, sum(exp(term) for term in terms))
