"""The page: figures with intervals, paired differences and the course of the day; every text in it is escaped."""

from functools import cache
from pathlib import Path

from markupsafe import Markup

from reports import Layout, layout, write_whole
from reports.charts import Span, clock, intervals, key, over_the_day
from routing.domain.what_if_words import sentences
from simulation.comparison.estimates import Estimate
from simulation.comparison.figures import BY_NAME, FIGURES, LEAST, Figure
from simulation.comparison.outcome import Comparison, Line

_DRAWN = ("abandonment", "urgent_in_time", "mean_wait_seconds", "mean_handle_seconds")


def write_page(comparison: Comparison, path: Path) -> None:
    """Write the page whole or not at all."""
    write_whole(path, render(comparison))


def render(comparison: Comparison) -> str:
    """One HTML page with its style inside; no script, no request, light and dark."""
    compared = [line for line in comparison.lines if line.differences]
    by_label = {line.label: line for line in comparison.lines}
    return _layout().render(
        comparison=comparison,
        compared=compared,
        figures=FIGURES,
        least=LEAST,
        bounded=any(line.least_abandonment is not None for line in comparison.lines),
        told=[(line, _told(line, by_label[str(line.against)], len(comparison.seeds))) for line in compared],
        levels=[(BY_NAME[name], levels(comparison, BY_NAME[name])) for name in _DRAWN],
        gaps=[(BY_NAME[name], gaps(compared, BY_NAME[name])) for name in _DRAWN] if compared else [],
        courses=[(BY_NAME[name], course(comparison, name)) for name in ("abandonment", "mean_wait_seconds")],
    )


def levels(comparison: Comparison, figure: Figure) -> Markup:
    """One figure of everybody."""
    spans = [_span(line.label, line.figures[figure.name]) for line in comparison.lines]
    return intervals(spans, figure.unit.brief, _said(figure.title, spans, figure), zero=False)


def gaps(compared: list[Line], figure: Figure) -> Markup:
    """One figure's paired differences."""
    spans = [_span(line.label, line.differences[figure.name]) for line in compared]
    return intervals(spans, figure.unit.brief, _said(f"{figure.title}, difference", spans, figure), zero=True)


def course(comparison: Comparison, name: str) -> Markup:
    """One figure over the day, a line for each contender."""
    series = [[(comparison.start + each.at, getattr(each, name)) for each in line.course] for line in comparison.lines]
    label = f"{BY_NAME[name].title} over the day: {', '.join(line.label for line in comparison.lines)}"
    return over_the_day(series, BY_NAME[name].unit.brief, label)


def _span(label: str, estimate: Estimate) -> Span:
    return Span(label, estimate.mean, estimate.low, estimate.high)


def _said(title: str, spans: list[Span], figure: Figure) -> str:
    return f"{title}: {'; '.join(f'{span.label} {figure.said(span.middle)}' for span in spans)}"


def _reach(figure: Figure, estimate: Estimate, signed: bool = False) -> str:
    return "one seed, no interval" if estimate.low is None else figure.unit.reach(estimate, signed)


def _told(line: Line, against: Line, days: int) -> list[str]:
    """What a line changes, in sentences."""
    return list(sentences(line.changes_from(against), days))


@cache
def _layout() -> Layout:
    names = {"reach": _reach, "key": key, "clock": clock, "by_name": BY_NAME}
    return layout(Path(__file__).parent, {}, names)
