"""One model as its page shows it: the curve with its points, reliability, confusions, slices, what the gate said."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.console import wording
from api.console.forms import GATE
from api.console.names import family_name, issue_name
from api.console.sentences import anew
from api.console.speech import _
from api.console.views_models import ModelRow, rows
from routing.domain.issue import Taxonomy
from routing.domain.model import Model, ModelState
from routing.services.models import Promotion

MOST_TEXTS = 3


@dataclass(frozen=True, slots=True)
class Curve:
    """Coverage against error. `points` is JSON: [share decided alone, error among these, threshold], the surest first.

    `line` is drawn on a plane of 100 x 100, whose height is `top` of error; `start` is the point of now, or of the
    target where nothing is decided alone. `target_down` is the target's height on the plane.
    """

    points: str
    count: int
    line: str
    top: float
    start: int
    target: str
    target_down: str
    seconds_per_item: float
    messages_a_day: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Messages that the model was about as sure of, and how many of these it had right; places on a 100 x 100 plane."""

    said: str
    right: str
    interval: str
    rows: int
    x: str
    y: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Confused:
    """Two issue types that were mistaken for each other, with messages that were."""

    issue_type: str
    name: str
    taken_for: str
    taken_name: str
    count: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SliceRow:
    """One part of the messages held out."""

    dimension: str
    name: str
    rows: int
    accuracy: str
    interval: str
    share_auto: str
    error_auto: str
    held: str


@dataclass(frozen=True, slots=True)
class ModelPage:
    """One model; without a report there are no figures."""

    row: ModelRow
    curve: Curve | None
    bins: tuple[Bin, ...]
    confusions: tuple[Confused, ...]
    slices: tuple[SliceRow, ...]
    measured_on: str
    gate_note: str
    gate_passed: bool | None
    gate_reasons: tuple[str, ...]
    previous: str | None

    @property
    def may_promote(self) -> bool:
        """Whether it may become live."""
        return self.row.state != ModelState.LIVE

    @property
    def may_roll_back(self) -> bool:
        """Whether another was live before it."""
        return self.row.state == ModelState.LIVE and self.previous is not None


def model_page(model: Model, figures: Mapping[str, Any] | None, taxonomy: Taxonomy) -> ModelPage:
    """A model with what its report found; one that an older version wrote may lack parts."""
    found = figures or {}
    measured: Mapping[str, Any] = found.get("measured", {})
    gate = model.assessment or {}
    reasons = gate.get("reasons", ())
    return ModelPage(
        row=rows([model])[0],
        curve=_curve(measured, found.get("cost", {})),
        bins=tuple(_bin(each) for each in measured.get("reliability", ())),
        confusions=tuple(_confused(each, taxonomy) for each in measured.get("confusions", ())),
        slices=tuple(_slice(each, taxonomy) for each in measured.get("slices", ())),
        measured_on=str(found.get("measured_on", "")),
        gate_note=str(found.get("origin", {}).get("gate_note") or ""),
        gate_passed=bool(gate["passed"]) if "passed" in gate else None,
        gate_reasons=tuple(anew(str(each), GATE) for each in (reasons if isinstance(reasons, list | tuple) else ())),
        previous=model.previous,
    )


def promotion_said(done: Promotion) -> str:
    """What became of a promotion, as a sentence."""
    if done.promoted:
        return _("It is live now. Running services take it up with their next message.")
    reasons = "; ".join(anew(each, GATE) for each in done.assessment.reasons)
    return _("Not promoted: {reasons}.").format(reasons=reasons)


def _curve(measured: Mapping[str, Any], cost: Mapping[str, Any]) -> Curve | None:
    points = measured.get("curve", ())
    if not points:
        return None
    top = max(*(point["error"] for point in points), 0.01)
    target = float(measured.get("target_error", 0.0))
    told = [[round(point[name], 5) for name in ("share", "error", "threshold")] for point in points]
    return Curve(
        points=json.dumps(told),
        count=len(points),
        line=" ".join(f"{100 * point['share']:.2f},{100 - 100 * point['error'] / top:.2f}" for point in points),
        top=top,
        start=_start(points, float(measured.get("share_auto") or 0.0), target),
        target=wording.percent(target),
        target_down=f"{max(0.0, 100 - 100 * target / top):.2f}",
        seconds_per_item=float(cost.get("seconds_per_item", 30.0)),
        messages_a_day=float(cost.get("messages_per_day", 10_000)),
    )


def _start(points: Sequence[Mapping[str, float]], share: float, target: float) -> int:
    if share:
        return min(range(len(points)), key=lambda at: abs(points[at]["share"] - share))
    return max((at for at, point in enumerate(points) if point["error"] <= target), default=0)


def _bin(found: Mapping[str, float]) -> Bin:
    low, high = found["low"], found["high"]
    return Bin(
        said=wording.percent(found["confidence"]),
        right=wording.percent(found["accuracy"]),
        interval=wording.reach(low, high),
        rows=int(found["rows"]),
        x=f"{100 * found['confidence']:.2f}",
        y=f"{100 - 100 * found['accuracy']:.2f}",
        low=f"{100 - 100 * low:.2f}",
        high=f"{100 - 100 * high:.2f}",
    )


def _confused(found: Mapping[str, Any], taxonomy: Taxonomy) -> Confused:
    first, second = str(found["issue_type"]), str(found["taken_for"])
    texts = tuple(str(text) for text in found.get("texts", ())[:MOST_TEXTS])
    return Confused(
        first, issue_name(taxonomy, first), second, issue_name(taxonomy, second), int(found["count"]), texts
    )


def _slice(found: Mapping[str, Any], taxonomy: Taxonomy) -> SliceRow:
    name, by_family = str(found["name"]), found["dimension"] == "family"
    error = found.get("error_auto")
    return SliceRow(
        dimension=wording.plain(str(found["dimension"])),
        name=family_name(taxonomy, name) if by_family else wording.plain(name),
        rows=int(found["rows"]),
        accuracy=wording.percent(found["accuracy"]),
        interval=wording.reach(found["low"], found["high"]),
        share_auto=wording.percent(found.get("share_auto") or 0.0),
        error_auto="–" if error is None else wording.percent(error),
        held=wording.plain(str(found.get("held", ""))),
    )
