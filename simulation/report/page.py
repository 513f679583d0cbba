"""The page: figures with intervals, paired differences and the course of the day; every text in it is escaped."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from simulation.comparison.estimates import Estimate
from simulation.comparison.figures import FIGURES, Better, Figure
from simulation.comparison.outcome import Comparison, Line
from simulation.report.shapes import Span, intervals, key, lines

_FOLDER = Path(__file__).parent
_BY_NAME = {figure.name: figure for figure in FIGURES}
_DRAWN = ("abandonment", "urgent_in_time", "mean_wait_seconds", "mean_handle_seconds")


def write_page(comparison: Comparison, path: Path) -> None:
    """Write the page whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_text(render(comparison), encoding="utf-8", errors="backslashreplace")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def render(comparison: Comparison) -> str:
    """One HTML page with its style inside; no script, no request, light and dark."""
    style = (_FOLDER / "page.css").read_text(encoding="utf-8")
    compared = [line for line in comparison.lines if line.differences]
    template = _environment().get_template("page.html")
    return template.render(
        comparison=comparison,
        compared=compared,
        figures=FIGURES,
        style=style,
        policy=_policy(style),
        levels=[(_BY_NAME[name], levels(comparison, _BY_NAME[name])) for name in _DRAWN],
        gaps=[(_BY_NAME[name], gaps(compared, _BY_NAME[name])) for name in _DRAWN] if compared else [],
        courses=[(_BY_NAME[name], course(comparison, name)) for name in ("abandonment", "mean_wait_seconds")],
    )


def levels(comparison: Comparison, figure: Figure) -> Markup:
    """One figure of everybody."""
    spans = [_span(line.label, line.figures[figure.name]) for line in comparison.lines]
    return intervals(spans, figure.said, _said(figure.title, spans, figure), zero=False)


def gaps(compared: list[Line], figure: Figure) -> Markup:
    """One figure's paired differences."""
    spans = [_span(line.label, line.differences[figure.name]) for line in compared]
    return intervals(spans, figure.said, _said(f"{figure.title}, difference", spans, figure), zero=True)


def course(comparison: Comparison, name: str) -> Markup:
    """One figure over the day, a line for each contender."""
    series = [[(each.at, getattr(each, name)) for each in line.course] for line in comparison.lines]
    label = f"{_BY_NAME[name].title} over the day: {', '.join(line.label for line in comparison.lines)}"
    return lines(series, lambda at: clock(comparison.start + at), _BY_NAME[name].said, label)


def clock(seconds: float) -> str:
    """Time of day of seconds after midnight."""
    minutes = round(seconds / 60) % 1440
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def verdict(figure: Figure, gap: Estimate) -> str:
    """Whether a difference is good news: better, worse, or neither where the interval holds zero."""
    if not gap.is_clear or figure.better is Better.NEITHER:
        return "open"
    return "better" if (gap.mean < 0) == (figure.better is Better.LOWER) else "worse"


def _span(label: str, estimate: Estimate) -> Span:
    return Span(label, estimate.mean, estimate.low, estimate.high)


def _said(title: str, spans: list[Span], figure: Figure) -> str:
    return f"{title}: {'; '.join(f'{span.label} {figure.said(span.middle)}' for span in spans)}"


def _reach(figure: Figure, estimate: Estimate, signed: bool = False) -> str:
    if estimate.low is None or estimate.high is None:
        return "one seed, no interval"
    return f"{figure.said(estimate.low, signed)} to {figure.said(estimate.high, signed)}"


def _policy(style: str) -> str:
    """Nothing but this very style: no script, no picture, no request, even if a name could bring a tag in."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals |= {"reach": _reach, "verdict": verdict, "key": key, "clock": clock, "by_name": _BY_NAME}
    return found
