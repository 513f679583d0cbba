"""A comparison as lines of text."""

from collections.abc import Sequence

from simulation.comparison.estimates import Estimate
from simulation.comparison.figures import BY_NAME, FIGURES, LEAST, Figure
from simulation.comparison.outcome import Comparison, Line


def table(comparison: Comparison) -> list[str]:
    """Figures of everybody, then the differences; * marks those whose interval leaves zero out."""
    days, seeds = len(comparison.seeds), comparison.seeds
    found = [
        f"{comparison.scenario}: {days} day(s) of {comparison.hours:g} h, seeds {seeds[0]} to {seeds[-1]}; "
        "mean and 95 % interval over seeds",
        *_aligned(_levels(comparison.lines)),
    ]
    compared = [line for line in comparison.lines if line.differences]
    if compared:
        found += ["", "difference, seed by seed (* the interval leaves 0 out)", *_aligned(_gaps(compared))]
    return found


def _levels(lines: Sequence[Line]) -> list[list[str]]:
    head = ["", *(line.label for line in lines)]
    rows = [[each.title, *(_cell(each, line.figures[each.name]) for line in lines)] for each in FIGURES]
    return [head, rows[0], *_bound(lines), *rows[1:]]


def _bound(lines: Sequence[Line]) -> list[list[str]]:
    """What nobody could get below, right under what everybody lost."""
    if all(line.least_abandonment is None for line in lines):
        return []
    figure, known = BY_NAME["abandonment"], [line.least_abandonment for line in lines]
    return [[LEAST, *("-" if each is None else _cell(figure, each) for each in known)]]


def _gaps(lines: Sequence[Line]) -> list[list[str]]:
    head, against = ["", *(line.label for line in lines)], ["against", *(str(line.against) for line in lines)]
    rows = [[each.title, *(_cell(each, line.differences[each.name], True) for line in lines)] for each in FIGURES]
    return [head, against, *rows]


def _cell(figure: Figure, estimate: Estimate, signed: bool = False) -> str:
    mean = figure.said(estimate.mean, signed)
    if estimate.low is None or estimate.high is None:
        return mean
    mark = " *" if signed and estimate.is_clear else ""
    return f"{mean} [{figure.unit.reach(estimate, signed, ', ')}]{mark}"


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
