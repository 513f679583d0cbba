"""Pieces of a figure: a frame with axes in user units, and marks placed by data values; colours come from the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from reports.drawing import close, number, open_chart

Pairs = Sequence[tuple[float, float]]
WIDTH, HEIGHT = 560, 340
LEFT, RIGHT, TOP, BOTTOM = 66, 34, 46, 62


@dataclass(frozen=True, slots=True)
class Axis:
    """A straight scale from `start` to `end`, with marks and what they say."""

    start: float
    end: float
    ticks: tuple[float, ...]
    title: str
    words: Callable[[float], str]

    def place(self, value: float) -> float:
        """0 at `start`, 1 at `end`; values outside stay at the nearer end."""
        share = (value - self.start) / (self.end - self.start)
        return min(max(share, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Frame:
    """Two axes over one plotting area."""

    x: Axis
    y: Axis

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Data values to places on the drawing."""
        across = LEFT + self.x.place(x) * (WIDTH - LEFT - RIGHT)
        return across, HEIGHT - BOTTOM - self.y.place(y) * (HEIGHT - TOP - BOTTOM)

    def figure(self, marks: Sequence[Markup], label: str) -> Markup:
        """The whole picture; `label` is read out instead of it."""
        parts = [*self._grid(), *marks, *self._titles()]
        return close([open_chart(WIDTH, HEIGHT, label), *parts])

    def line(self, points: Pairs, kind: str) -> Markup:
        """A line through the points."""
        return Markup('<polyline class="{}" points="{}"/>').format(kind, self._places(points))

    def area(self, points: Pairs, kind: str) -> Markup:
        """A closed shape."""
        return Markup('<polygon class="{}" points="{}"/>').format(kind, self._places(points))

    def dot(self, x: float, y: float, kind: str, radius: float = 4.0) -> Markup:
        """A round mark."""
        across, down = self.at(x, y)
        return Markup('<circle class="{}" cx="{}" cy="{}" r="{}"/>').format(
            kind, number(across), number(down), number(radius)
        )

    def words(self, x: float, y: float, text: str, kind: str, shift: tuple[float, float] = (0.0, 0.0)) -> Markup:
        """Words at a place, moved by `shift` user units."""
        across, down = self.at(x, y)
        place = number(across + shift[0]), number(down + shift[1])
        return Markup('<text class="{}" x="{}" y="{}">{}</text>').format(kind, *place, escape(text))

    def _places(self, points: Pairs) -> str:
        return " ".join(f"{number(across)},{number(down)}" for across, down in (self.at(*point) for point in points))

    def _grid(self) -> list[Markup]:
        lines = [self.line([(self.x.start, tick), (self.x.end, tick)], "grid") for tick in self.y.ticks]
        beside = [self.words(self.x.start, tick, self.y.words(tick), "tick end", (-8, 4)) for tick in self.y.ticks]
        below = [self.words(tick, self.y.start, self.x.words(tick), "tick middle", (0, 20)) for tick in self.x.ticks]
        base = self.line([(self.x.start, self.y.start), (self.x.end, self.y.start)], "base")
        return [*lines, base, *beside, *below]

    def _titles(self) -> list[Markup]:
        """The upright axis is named above itself: words on their side are hard to read, and have no room on a phone."""
        middle = (self.x.start + self.x.end) / 2
        above = Markup('<text class="title start" x="10" y="22">{}</text>').format(self.y.title)
        return [self.words(middle, self.y.start, self.x.title, "title middle", (0, 48)), above]


def meter(share: float, low: float | None = None, high: float | None = None) -> Markup:
    """A small bar for a table cell: a share of the whole, with its interval where there is one."""
    parts = [Markup('<svg class="meter" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">')]
    parts.append(Markup('<rect class="track" width="100" height="8"/>'))
    parts.append(Markup('<rect class="fill" width="{}" height="8"/>').format(number(100 * share)))
    if low is not None and high is not None:
        parts.append(
            Markup('<rect class="reach" x="{}" y="3" width="{}" height="2"/>').format(
                number(100 * low), number(100 * (high - low))
            )
        )
    return close(parts)
