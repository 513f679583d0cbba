"""How people decide: how often they agree with the model, how long they take, and whether they look at all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from statistics import median

from routing.domain.checking import exact_interval
from routing.domain.review import ReviewItem, Verdict

QUICK_SECONDS = 3.0
"""Hardly time to read a message; where many verdicts are given within it, people follow instead of judging."""


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `of`, with the interval that holds the true share (95 %); None and 0 to 1 where there is nothing."""

    hits: int
    of: int
    value: float | None
    low: float
    high: float

    @classmethod
    def among(cls, answers: Iterable[bool]) -> "Share":
        """The share of the answers that are yes."""
        given = list(answers)
        hits = sum(given)
        low, high = exact_interval(hits, len(given))
        return cls(hits, len(given), hits / len(given) if given else None, low, high)


@dataclass(frozen=True, slots=True)
class Quality:
    """What a number of verdicts tell.

    `agree`: with the model's guess, where it was shown. `agree_blind`: where it was hidden. `rubber`: of the verdicts
    given with the guess in sight and a known time, those for the guess within QUICK_SECONDS. `seconds`: the median time
    from claim to verdict, None where no verdict was timed.
    """

    verdicts: int
    agree: Share
    agree_blind: Share
    rubber: Share
    seconds: float | None
    timed: int


@dataclass(frozen=True, slots=True)
class OfDay:
    """The verdicts of one day, UTC."""

    day: date
    quality: Quality


Decided = tuple[ReviewItem, Verdict]


def decided_ones(items: Iterable[ReviewItem]) -> list[Decided]:
    """The items that have a verdict and had a guess to agree with, with it; oldest verdict first."""
    pairs = [(item, item.verdict) for item in items if item.verdict is not None and item.guess is not None]
    return sorted(pairs, key=lambda pair: pair[1].at)


def quality_of(decided: Sequence[Decided]) -> Quality:
    """What these verdicts tell; of several needs found, one that is the guess agrees with it."""
    seen = [pair for pair in decided if not pair[0].blind]
    timed = [verdict.seconds for _, verdict in decided if verdict.seconds is not None]
    return Quality(
        verdicts=len(decided),
        agree=Share.among(_agrees(*pair) for pair in seen),
        agree_blind=Share.among(_agrees(*pair) for pair in decided if pair[0].blind),
        rubber=Share.among(
            _agrees(item, verdict) and verdict.seconds <= QUICK_SECONDS
            for item, verdict in seen
            if verdict.seconds is not None
        ),
        seconds=median(timed) if timed else None,
        timed=len(timed),
    )


def _agrees(item: ReviewItem, verdict: Verdict) -> bool:
    return item.guess == verdict.issue_type or item.guess in verdict.needs


def by_day(decided: Sequence[Decided]) -> list[OfDay]:
    """Day by day, oldest first; days without a verdict are left out."""
    grouped = groupby(decided, lambda pair: pair[1].at.date())
    return [OfDay(day, quality_of(list(pairs))) for day, pairs in grouped]


def by_person(decided: Sequence[Decided]) -> list[tuple[str, Quality]]:
    """Person by person, by name."""
    ordered = sorted(decided, key=lambda pair: pair[1].decided_by)
    grouped = groupby(ordered, lambda pair: pair[1].decided_by)
    return [(name, quality_of(list(pairs))) for name, pairs in grouped]
