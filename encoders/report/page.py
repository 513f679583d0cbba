"""The report as one HTML page that needs nothing else: its style is inside, its figures are drawn in it."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from encoders.report import figures, wording
from encoders.report.document import ModelReport
from encoders.report.drawing import meter
from encoders.training.curves import CurvePoint
from reports import Layout, layout

_CLASSES_SHOWN = 12


def render(report: ModelReport) -> str:
    """The page. Every text in it is escaped: customers wrote some of them."""
    return _layout().render(
        report=report,
        origin=report.origin,
        measured=report.measured,
        coverage=figures.coverage_figure(report),
        reliability=figures.reliability_figure(report.measured.reliability),
        learning=figures.learning_figure(report.learning) if report.learning else None,
        novelty=figures.novelty_figure(report) if report.measured.novelty else None,
        points=_points(report),
        first_classes=report.measured.classes[:_CLASSES_SHOWN],
        other_classes=report.measured.classes[_CLASSES_SHOWN:],
    )


def _points(report: ModelReport) -> list[tuple[str, CurvePoint, bool]]:
    """What could be chosen: name, point, and whether it is the gate's."""
    measured = report.measured
    shares = [
        (f"at most {wording.brief(float(error))} wrong, looking back", CurvePoint(share, float(error), 0.0), False)
        for error, share in measured.coverage_at_error.items()
    ]
    gate = CurvePoint(measured.share_auto, measured.error_auto or 0.0, report.origin.threshold or 1.0)
    return [("the gate, as it stands", gate, True), *shares]


@cache
def _layout() -> Layout:
    filters: dict[str, Callable[..., object]] = {
        "percent": wording.percent,
        "whole": wording.whole,
        "hours": wording.hours,
        "clipped": wording.clipped,
        "name": wording.name,
    }
    return layout(Path(__file__).parent, filters, {"meter": meter})
