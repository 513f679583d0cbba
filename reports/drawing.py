"""The small parts of inline SVG drawings; colours come from the page's style."""

import math
from collections.abc import Sequence

from markupsafe import Markup


def number(value: float) -> str:
    """A coordinate, to a tenth of a unit."""
    return f"{value:.1f}".rstrip("0").rstrip(".")


def nice(step: float) -> float:
    """The next of 1, 2, 5 times a power of ten; `step` is above 0."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(factor * power for factor in (1.0, 2.0, 5.0, 10.0) if factor * power >= step * 0.999)


def ticks(low: float, high: float) -> list[float]:
    """Round values from `low` to `high`, about five."""
    step = nice((high - low) / 4)
    return [step * at for at in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)]


def bounds(values: Sequence[float]) -> tuple[float, float]:
    """A scale that holds the values with a little room; one that begins at 0 stays there."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    if high - low < 1e-12:
        low, high = (low - abs(low) / 2, high + abs(high) / 2) if high else (0.0, 1.0)
    room = 0.05 * (high - low)
    return (0.0 if low == 0 else low - room), high + room


def open_chart(width: float, height: float, said: str) -> Markup:
    """The beginning of a picture of so many units; `said` is read out instead of it."""
    start = Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">')
    return start.format(number(width), number(height), said)


def close(parts: Sequence[Markup]) -> Markup:
    """A picture of its beginning and its parts."""
    return Markup("").join([*parts, Markup("</svg>")])


def line(kind: str, start: tuple[float, float], end: tuple[float, float]) -> Markup:
    """A straight line."""
    numbers = (number(each) for each in (*start, *end))
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(kind, *numbers)


def text(kind: str, x: float, y: float, words: str) -> Markup:
    """Words at a place."""
    return Markup('<text class="{}" x="{}" y="{}">{}</text>').format(kind, number(x), number(y), words)


def clipped(label: str, most: int) -> str:
    """At most so many characters."""
    return label if len(label) <= most else f"{label[: most - 1]}…"
