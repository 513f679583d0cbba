"""The report as one HTML page that needs nothing else: its style is inside, its figures are drawn in it."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from encoders.report import figures, wording
from encoders.report.document import ModelReport
from encoders.report.drawing import meter
from encoders.training.curves import CurvePoint

_FOLDER = Path(__file__).parent
_CLASSES_SHOWN = 12


def render(report: ModelReport) -> str:
    """The page. Every text in it is escaped: customers wrote some of them."""
    style = (_FOLDER / "page.css").read_text(encoding="utf-8")
    return (
        _environment()
        .get_template("page.html")
        .render(
            report=report,
            origin=report.origin,
            measured=report.measured,
            style=style,
            policy=_policy(style),
            coverage=figures.coverage_figure(report),
            reliability=figures.reliability_figure(report.measured.reliability),
            learning=figures.learning_figure(report.learning) if report.learning else None,
            novelty=figures.novelty_figure(report) if report.measured.novelty else None,
            points=_points(report),
            first_classes=report.measured.classes[:_CLASSES_SHOWN],
            other_classes=report.measured.classes[_CLASSES_SHOWN:],
        )
    )


def _policy(style: str) -> str:
    """Nothing but this very style: no script, no picture, no request, even if a message could bring a tag in."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


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
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "percent": wording.percent,
        "whole": wording.whole,
        "hours": wording.hours,
        "clipped": wording.clipped,
        "name": wording.name,
    }
    found.globals["meter"] = meter
    return found
