"""The report's four figures, drawn as inline SVG: no script, no request, colours from the page's style."""

import math

from markupsafe import Markup

from encoders.report.document import ModelReport
from encoders.report.drawing import Axis, Frame
from encoders.report.wording import brief, percent, whole
from encoders.training.curves import ReliabilityBin, wilson
from encoders.training.learning_curve import LearningPoint
from reports.drawing import nice

_FIFTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
_LEAST_SHOWN = 20
"""Rows before the error among them is drawn: below, one error moves it by more than five points."""
_LEAST_HEIGHT = 0.02


def coverage_figure(report: ModelReport) -> Markup:
    """Error among automatic decisions against their share, with the target and where the gate stands."""
    measured = report.measured
    shown = [point for point in measured.curve if point.share * measured.rows >= _LEAST_SHOWN] or list(measured.curve)
    bounds = [_interval(point.error, point.share * measured.rows) for point in shown]
    top = max(2.4 * measured.target_error, max(high for _, high in bounds) * 1.05, _LEAST_HEIGHT)
    frame = Frame(_shares("Share decided without a person"), _from_zero(top, "Wrong among these"))
    band = [(point.share, high) for point, (_, high) in zip(shown, bounds, strict=True)]
    below = [(point.share, low) for point, (low, _) in zip(shown, bounds, strict=True)]
    target = measured.target_error
    marks = [
        frame.area([*band, *reversed(below)], "band"),
        frame.line([(0.0, target), (1.0, target)], "target"),
        frame.words(0.0, target, f"target {percent(target)}", "note start", (6, -6)),
        frame.line([(point.share, point.error) for point in shown], "curve"),
        *_chosen(frame, report),
    ]
    return frame.figure(marks, _coverage_in_words(report))


def reliability_figure(bins: tuple[ReliabilityBin, ...]) -> Markup:
    """Accuracy against confidence, bin by bin with its interval; on the dashed line confidence means what it says."""
    frame = Frame(_shares("Confidence given"), Axis(0.0, 1.0, _FIFTHS, "Right in fact", brief))
    most = max(found.rows for found in bins)
    marks = [frame.line([(0.0, 0.0), (1.0, 1.0)], "ideal")]
    for found in bins:
        marks.append(frame.line([(found.confidence, found.low), (found.confidence, found.high)], "whisker"))
        radius = 3.0 + 6.0 * math.sqrt(found.rows / most)
        marks.append(frame.dot(found.confidence, found.accuracy, "spot", radius))
    said = "; ".join(
        f"{percent(found.confidence, 0)} confident, {percent(found.accuracy, 0)} right, {whole(found.rows)} messages"
        for found in bins
    )
    return frame.figure(marks, f"Reliability: {said}")


def learning_figure(points: tuple[LearningPoint, ...]) -> Markup:
    """Accuracy against examples a type, on a scale on which doubling is one step."""
    least, most = math.log2(points[0].per_type), math.log2(points[-1].per_type)
    room = max(0.3, 0.08 * (most - least))
    ticks = tuple(math.log2(point.per_type) for point in points)
    low = math.floor(20 * min(point.low for point in points)) / 20
    x = Axis(least - room, most + room, ticks, "Examples of an issue type, on average", lambda v: f"{2**v:.3g}")
    height = 1.0 - min(low, 0.95)
    y = Axis(1.0 - height, 1.0, tuple(1.0 - height * step / 4 for step in range(5)), "Right, held out", brief)
    frame = Frame(x, y)
    marks = [frame.line([(math.log2(point.per_type), point.accuracy) for point in points], "curve")]
    for point in points:
        at = math.log2(point.per_type)
        marks.append(frame.line([(at, point.low), (at, point.high)], "whisker"))
        marks.append(frame.dot(at, point.accuracy, "spot", 5.0))
        marks.append(frame.words(at, point.high, percent(point.accuracy), "note middle", (0, -8)))
    said = "; ".join(f"{point.per_type:.3g} a type, {percent(point.accuracy)}" for point in points)
    return frame.figure(marks, f"Learning curve: {said}")


def novelty_figure(report: ModelReport) -> Markup:
    """How new messages seem: those inside the taxonomy above the line, those outside below it."""
    counts = report.measured.novelty_histogram
    inside, outside = _as_shares(counts.inside), _as_shares(counts.outside)
    top = max(*inside, 0.05) * 1.08
    bottom = max(*outside) * 1.08
    step = nice((top + bottom) / 4)
    ticks = tuple(step * at for at in range(math.ceil(-bottom / step), math.floor(top / step) + 1))
    y = Axis(-bottom, top, ticks, "Share of messages", lambda value: brief(round(abs(value), 4)))
    frame = Frame(_shares("Novelty"), y)
    width = 1.0 / len(inside)
    marks = [_bar(frame, at * width, width, share, "inside") for at, share in enumerate(inside) if share]
    marks += [_bar(frame, at * width, width, -share, "outside") for at, share in enumerate(outside) if share]
    threshold = report.origin.novelty_threshold
    marks.append(frame.line([(threshold, -bottom), (threshold, top)], "target"))
    marks.append(frame.line([(0.0, 0.0), (1.0, 0.0)], "base"))
    marks.append(frame.words(threshold, top, "a person looks →", "note start", (6, 12)))
    share = sum(outside) and f", and {whole(sum(counts.outside))} outside below"
    return frame.figure(marks, f"Novelty of {whole(sum(counts.inside))} messages inside the taxonomy{share or ''}")


def _chosen(frame: Frame, report: ModelReport) -> list[Markup]:
    measured = report.measured
    if measured.error_auto is None:
        return [
            frame.dot(0.0, 0.0, "chosen", 7.0),
            frame.words(0.0, 0.0, "all reviewed", "chosen-note start", (12, -8)),
        ]
    share, error = measured.share_auto, measured.error_auto
    side, shift = ("end", (-12.0, -12.0)) if share > 0.5 else ("start", (12.0, -12.0))
    words = f"gate: {percent(share)} decided, {percent(error)} wrong"
    stem = frame.line([(share, 0.0), (share, error)], "stem")
    return [
        stem,
        frame.dot(share, error, "chosen", 7.0),
        frame.words(share, error, words, f"chosen-note {side}", shift),
    ]


def _coverage_in_words(report: ModelReport) -> str:
    measured = report.measured
    at = ", ".join(
        f"{percent(share)} at {percent(float(error), 0)}" for error, share in measured.coverage_at_error.items()
    )
    return f"Share decided without a person against error: {at}; the gate decides {percent(measured.share_auto)}"


def _interval(error: float, rows: float) -> tuple[float, float]:
    return wilson(round(error * rows), max(1, round(rows)))


def _shares(title: str) -> Axis:
    return Axis(0.0, 1.0, _FIFTHS, title, brief)


def _from_zero(top: float, title: str) -> Axis:
    step = nice(top / 4)
    end = step * math.ceil(top / step)
    return Axis(0.0, end, tuple(round(step * at, 6) for at in range(round(end / step) + 1)), title, brief)


def _as_shares(counts: tuple[int, ...]) -> list[float]:
    total = sum(counts)
    return [count / total if total else 0.0 for count in counts]


def _bar(frame: Frame, start: float, width: float, share: float, kind: str) -> Markup:
    gap = 0.06 * width
    corners = [(start + gap, 0.0), (start + gap, share), (start + width - gap, share), (start + width - gap, 0.0)]
    return frame.area(corners, kind)
