"""What a what-if question came to: figures before and after with intervals, and the course of the day."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Better(StrEnum):
    """Which way a figure should go."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and its 95 % interval; a single value has no interval."""

    mean: float
    low: float | None
    high: float | None

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low is not None and self.high is not None and (self.low > 0 or self.high < 0)

    def verdict(self, better: Better) -> str:
        """Of a difference: `better`, `worse`, or `open` where the interval holds zero or neither way is better."""
        if not self.is_clear or better is Better.NEITHER:
            return "open"
        return "better" if (self.mean < 0) == (better is Better.LOWER) else "worse"


class Unit(StrEnum):
    """How a figure is written."""

    SHARE = "share"
    SECONDS = "seconds"
    NUMBER = "number"

    def said(self, value: float, signed: bool = False) -> str:
        """A value as people read it; the difference of two shares is in points of a hundred."""
        share = " points" if signed else " %"
        return self._bare(value, signed) + {Unit.SHARE: share, Unit.SECONDS: " s", Unit.NUMBER: ""}[self]

    def reach(self, estimate: Estimate, signed: bool = False, joint: str = " to ") -> str:
        """An interval without its unit, which stands beside it; a dash for a single day, which has none."""
        if estimate.low is None or estimate.high is None:
            return "–"
        return f"{self._bare(estimate.low, signed)}{joint}{self._bare(estimate.high, signed)}"

    def _bare(self, value: float, signed: bool) -> str:
        scale, digits = {Unit.SHARE: (100, 2), Unit.SECONDS: (1, 1), Unit.NUMBER: (1, 3)}[self]
        text = f"{scale * value:.{digits}f}"
        return f"+{text}" if signed and value > 0 else text

    def brief(self, value: float) -> str:
        """A round value, for the scale of a drawing."""
        if self is Unit.SHARE:
            return f"{100 * value:.4g} %"
        return f"{value:.4g} s" if self is Unit.SECONDS else f"{value:.4g}"


@dataclass(frozen=True, slots=True)
class Changed:
    """One figure before and after the change, and the difference day by day."""

    name: str
    title: str
    unit: Unit
    better: Better
    before: Estimate
    after: Estimate
    gap: Estimate


@dataclass(frozen=True, slots=True)
class Course:
    """One figure over the day: at so many seconds after midnight, before and after the change."""

    title: str
    unit: Unit
    points: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything about one answered question; `days`: the seeds, each another day."""

    days: tuple[int, ...]
    figures: tuple[Changed, ...]
    courses: tuple[Course, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Answer":
        """The answer that `as_dict` wrote; KeyError, TypeError or ValueError for anything else."""
        courses = tuple(
            Course(each["title"], Unit(each["unit"]), tuple((at, old, new) for at, old, new in each["points"]))
            for each in document["courses"]
        )
        return cls(tuple(document["days"]), tuple(map(_changed, document["figures"])), courses)


def _changed(document: Mapping[str, Any]) -> Changed:
    before, after, gap = (Estimate(**document[name]) for name in ("before", "after", "gap"))
    return Changed(
        document["name"], document["title"], Unit(document["unit"]), Better(document["better"]), before, after, gap
    )
