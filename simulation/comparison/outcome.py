"""What a comparison found: figures with intervals, paired differences, and the course of the day."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from routing.domain.what_if_answer import Changed
from simulation.comparison.contenders import Contender
from simulation.comparison.estimates import Estimate, estimate, paired
from simulation.comparison.figures import BY_NAME, FIGURES
from simulation.floor import FloorResult
from simulation.floor.result import Row

STEP_SECONDS = 900.0
"""The course of the day is shown a quarter of an hour at a time."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A quarter of an hour from `at`, s from the start, over all seeds: who left, and how long the others waited."""

    at: float
    abandonment: float
    mean_wait_seconds: float


@dataclass(frozen=True, slots=True)
class Line:
    """One contender: its figures, and how they differ from those of the contender called `against`, seed by seed.

    `least_abandonment`: what no policy could get below on these days; None where it is not known.
    """

    label: str
    policy: str
    against: str | None
    figures: Mapping[str, Estimate]
    differences: Mapping[str, Estimate]
    course: tuple[Stretch, ...]
    by_language: Mapping[str, Mapping[str, Estimate]]
    runs: tuple[Mapping[str, float], ...]
    least_abandonment: Estimate | None = None

    def changes_from(self, before: "Line") -> list[Changed]:
        """Every figure, before and after; `before` is the line that this one was compared with."""
        return [
            Changed(
                each.name,
                each.title,
                each.unit,
                each.better,
                before.figures[each.name],
                self.figures[each.name],
                self.differences[each.name],
            )
            for each in FIGURES
        ]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything about one call of `pointsman simulate`. start: seconds after midnight."""

    scenario: str
    description: str
    start: float
    hours: float
    seeds: tuple[int, ...]
    lines: tuple[Line, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; the same seeds give the same bytes."""
        return asdict(self)


def compare(
    contenders: Sequence[Contender], seeds: Sequence[int], results: Sequence[Sequence[FloorResult]]
) -> Comparison:
    """Put results side by side: for each contender one result a seed, in the order of `seeds`."""
    rows = [[_figures(result) for result in of_one] for of_one in results]
    base = contenders[0].base
    lines = [
        replace(_line(contender, of_one, rows[at], contenders, rows), least_abandonment=_least(at, contenders, results))
        for at, (contender, of_one) in enumerate(zip(contenders, results, strict=True))
    ]
    return Comparison(base.name, base.description, base.start, base.hours, tuple(seeds), tuple(lines))


def _line(
    contender: Contender,
    results: Sequence[FloorResult],
    rows: list[dict[str, float]],
    contenders: Sequence[Contender],
    every_row: Sequence[list[dict[str, float]]],
) -> Line:
    against = contender.against
    others = None if against is None else every_row[against]
    return Line(
        label=contender.label,
        policy=contender.choice.policy,
        against=None if against is None else contenders[against].label,
        figures={each.name: estimate([row[each.name] for row in rows], each.bounds) for each in FIGURES},
        differences={} if others is None else _differences(rows, others),
        course=_course(results),
        by_language=_by_language(results),
        runs=tuple({"seed": result.seed, **row} for result, row in zip(results, rows, strict=True)),
    )


def _least(at: int, contenders: Sequence[Contender], results: Sequence[Sequence[FloorResult]]) -> Estimate | None:
    """The bound of a contender's floor, which the first contender on that floor knows."""
    first = next(i for i, each in enumerate(contenders) if each.scenario is contenders[at].scenario)
    known = [each.least_abandonment for each in results[first] if each.least_abandonment is not None]
    return estimate(known, BY_NAME["abandonment"].bounds) if len(known) == len(results[first]) else None


def _differences(rows: Sequence[dict[str, float]], others: Sequence[dict[str, float]]) -> dict[str, Estimate]:
    return {
        each.name: paired([row[each.name] for row in rows], [other[each.name] for other in others]) for each in FIGURES
    }


def _figures(result: FloorResult) -> dict[str, float]:
    return {each.name: round(each.of(result), 6) for each in FIGURES}


def _by_language(results: Sequence[FloorResult]) -> dict[str, dict[str, Estimate]]:
    found = {}
    for language in results[0].by_language:
        rows: list[Row] = [result.by_language[language] for result in results if language in result.by_language]
        found[language] = {
            "abandonment": estimate([row.abandonment for row in rows], BY_NAME["abandonment"].bounds),
            "mean_wait_seconds": estimate([row.mean_wait_seconds for row in rows], BY_NAME["mean_wait_seconds"].bounds),
        }
    return found


def _course(results: Sequence[FloorResult]) -> tuple[Stretch, ...]:
    moments = [moment for result in results for moment in result.series]
    found = []
    for at in sorted({moment.at // STEP_SECONDS for moment in moments}):
        within = [moment for moment in moments if moment.at // STEP_SECONDS == at]
        arrived, left = sum(each.arrived for each in within), sum(each.abandoned for each in within)
        waited = sum(each.mean_wait_seconds * (each.arrived - each.abandoned) for each in within)
        found.append(Stretch(at * STEP_SECONDS, left / max(arrived, 1), waited / max(arrived - left, 1)))
    return tuple(found)
