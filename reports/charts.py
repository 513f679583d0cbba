"""Pictures as inline SVG: intervals one below the other, and lines over the day; colours come from the page."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reports.drawing import bounds, clipped, close, line, number, open_chart, text, ticks

Words = Callable[[float], str]
Pairs = Sequence[tuple[float, float]]
WIDTH = 640
_LABELS, _MARGIN, _ROW, _FOOT = 220, 24, 30, 40
_LEFT, _TOP, _HEIGHT = 62, 16, 240
_STEPS = (300, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
STYLES = 6
"""Lines that the page's style tells apart."""


@dataclass(frozen=True, slots=True)
class Span:
    """A labelled point with its interval, where there is one."""

    label: str
    middle: float
    low: float | None
    high: float | None


def intervals(spans: Sequence[Span], words: Words, said: str, zero: bool) -> Markup:
    """Points with whiskers on one scale, a line each; `zero` draws the line of no difference. `said` is read out."""
    ends = [end for span in spans for end in (span.low, span.middle, span.high) if end is not None]
    low, high = bounds([*ends, 0.0] if zero else ends)
    height = _ROW * len(spans) + _FOOT
    bottom = height - _FOOT + 8

    def across(value: float) -> float:
        return _LABELS + (value - low) / (high - low) * (WIDTH - _LABELS - _MARGIN)

    parts = [open_chart(WIDTH, height, said)]
    for tick in ticks(low, high):
        kind = "zero" if zero and tick == 0 else "grid"
        parts += [line(kind, (across(tick), 4), (across(tick), bottom))]
        parts += [text("middle", across(tick), bottom + 20, words(tick))]
    for row, span in enumerate(spans):
        parts += _span(span, across, _ROW * row + _ROW / 2 + 4, zero)
    return close(parts)


def over_the_day(series: Sequence[Pairs], words: Words, said: str) -> Markup:
    """A line for each series of (s after midnight, y) pairs, from y = 0 up; styles s0, s1, ... in turn.

    `words` says a y; `said` is read out.
    """
    points = [point for each in series for point in each]
    start, end = min((x for x, _ in points), default=0.0), max((x for x, _ in points), default=1.0)
    end = end if end > start else start + 1.0
    _, top = bounds([0.0, *(y for _, y in points)])

    def place(x: float, y: float) -> tuple[float, float]:
        across = _LEFT + (x - start) / (end - start) * (WIDTH - _LEFT - _MARGIN)
        return across, _TOP + _HEIGHT - max(y, 0.0) / top * _HEIGHT

    parts = [open_chart(WIDTH, _TOP + _HEIGHT + 34, said)]
    for tick in (each for each in ticks(0.0, top) if each >= 0):
        parts += [line("grid", place(start, tick), place(end, tick))]
        parts += [text("end", _LEFT - 8, place(start, tick)[1] + 4, words(tick))]
    for x in _times(start, end):
        parts += [text("middle", place(x, 0)[0], _TOP + _HEIGHT + 22, clock(x))]
    for at, each in enumerate(series):
        drawn = " ".join(f"{number(across)},{number(down)}" for across, down in (place(x, y) for x, y in each))
        parts.append(Markup('<polyline class="course s{}" points="{}"/>').format(at % STYLES, drawn))
    return close(parts)


def clock(seconds: float) -> str:
    """Time of day, HH:MM, of seconds after midnight."""
    minutes = round(seconds / 60) % 1440
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _times(start: float, end: float) -> list[float]:
    """Round times of day from `start` to `end`, six at most."""
    step = next((each for each in _STEPS if (end - start) / each <= 6), _STEPS[-1])
    return [step * at for at in range(math.ceil(start / step), math.floor(end / step) + 1)]


def key(at: int) -> Markup:
    """The style of a line, for a legend."""
    start = Markup('<svg class="key" viewBox="0 0 28 10" aria-hidden="true">')
    return start + Markup('<polyline class="course s{}" points="1,5 27,5"/></svg>').format(at % STYLES)


def _span(span: Span, across: Callable[[float], float], down: float, zero: bool) -> list[Markup]:
    """Filled where the interval leaves zero out, and where zero means nothing."""
    clear = not zero or (span.low is not None and span.high is not None and (span.low > 0 or span.high < 0))
    parts = [text("name", 0, down + 4, clipped(span.label, 30))]
    if span.low is not None and span.high is not None:
        parts.append(line("whisker", (across(span.low), down), (across(span.high), down)))
    kind = "spot clear" if clear else "spot"
    place = kind, number(across(span.middle)), number(down)
    return [*parts, Markup('<circle class="{}" cx="{}" cy="{}" r="5"/>').format(*place)]
