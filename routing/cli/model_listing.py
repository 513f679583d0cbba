"""How models, comparisons, shadows and drift are written out: as lines for people, as plain values for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routing.domain.comparison import Assessment, Slice
    from routing.domain.drift import DriftCheck
    from routing.domain.events import Event
    from routing.domain.model import Model
    from routing.domain.shadow import Differences

_LARGE = ("reference", "version")


def model_document(model: Model) -> dict[str, Any]:
    """Everything of a model but the vector of its reference."""
    values = {item.name: getattr(model, item.name) for item in fields(model) if item.name not in _LARGE}
    changed = {name: values[name].isoformat() for name in ("registered_at", "changed_at")}
    reports = [asdict(file) for file in model.reports]
    return {**values, **changed, "state": str(model.state), "reports": reports, "reference": _reference(model)}


def _reference(model: Model) -> dict[str, Any] | None:
    found = model.reference
    if found is None:
        return None
    counted = {"held_out_rows": found.confidence.rows, "reviewed": found.reviewed, "overruled": found.overruled}
    return {**counted, "messages": found.inputs.rows if found.inputs else 0}


def model_line(model: Model) -> str:
    """One model in one line."""
    accuracy = (model.assessment or {}).get("accuracy")
    judged = f"  {accuracy:.1%} right" if isinstance(accuracy, float) else ""
    when = f"{model.changed_at:%Y-%m-%d %H:%M}"
    return f"{model.id}  {model.state:9}  since {when} by {model.changed_by}{judged}"


def model_lines(model: Model, changed: Sequence[str]) -> Iterator[str]:
    """A model in full."""
    yield model_line(model)
    when = f"{model.registered_at:%Y-%m-%d %H:%M}"
    yield f"  registered {when} by {model.registered_by}; before it: {model.previous or '-'}"
    yield f"  manifest sha256 {model.digest or '(never read)'}"
    yield from (f"  {file.path} sha256 {file.sha256}" for file in model.reports)
    yield from (f"  CHANGED since it was registered: {name}" for name in changed)
    for title, values in (("training", model.facts), ("thresholds", model.thresholds)):
        yield f"  {title}"
        yield from (f"    {name}: {value}" for name, value in values.items())
    yield from (f"  gate: {reason}" for reason in (model.assessment or {}).get("reasons", ()))  # type: ignore[attr-defined]


def event_document(event: Event) -> dict[str, Any]:
    """A fact of a model's history."""
    return {"seq": event.seq, "kind": str(event.kind), "at": event.at.isoformat(), "actor": event.actor, **event.data}


def event_line(event: Event) -> str:
    """The same in one line."""
    told = {name: event.data.get(name) for name in ("previous", "reason", "detail") if event.data.get(name)}
    why = "".join(f"; {name}: {value}" for name, value in told.items())
    forced = " by force" if event.data.get("forced") else ""
    return f"  {event.at:%Y-%m-%d %H:%M} {event.kind}{forced} by {event.actor}{why}"


def assessment_document(assessment: Assessment) -> dict[str, Any]:
    """A comparison with all its slices."""
    return asdict(assessment)


def assessment_lines(assessment: Assessment) -> Iterator[str]:
    """A comparison as a table; slices that are worse are marked."""
    now, before = _share(assessment.accuracy), _share(assessment.accuracy_before)
    yield f"{assessment.model} is right on {now}, {assessment.live or 'no other model'} on {before}"
    if assessment.slices:
        yield f"{'slice':32} {'messages':>8} {'before':>7} {'now':>7} {'lost':>5} {'won':>5}  chance"
    yield from (_row(found) for found in assessment.slices)
    yield "the gate lets it pass" if assessment.passed else "the gate refuses it"
    yield from (f"  {reason}" for reason in assessment.reasons)


def _row(found: Slice) -> str:
    before, now = (_share(count / found.messages) for count in (found.right_before, found.right_now))
    counted = f"{found.messages:8} {before:>7} {now:>7} {found.lost:5} {found.won:5}"
    return f"{found.name:32} {counted}  {found.chance:.2g}{'  WORSE' if found.worse else ''}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def differences_document(found: Differences) -> dict[str, Any]:
    """A shadow's report."""
    sample = [{**asdict(row), "at": row.at.isoformat()} for row in found.sample]
    return {**asdict(found), "sample": sample}


def differences_lines(found: Differences) -> Iterator[str]:
    """The same for people: how often, where, and in which conversations the two differ."""
    low, high = found.agreement_interval
    agreed = "" if found.agreement is None else f", {found.agreement:.1%} as the live one ({low:.1%} to {high:.1%})"
    yield f"shadow {found.model}: {found.messages} messages answered{agreed}"
    yield from (f"  {count} without an answer: {why}" for why, count in sorted(found.failures.items()))
    yield from (f"  {each.messages:5d}  decision {each.before} would be {each.now}" for each in found.decisions)
    yield from (f"  {each.messages:5d}  {each.before} would be {each.now}" for each in found.types)
    for row in found.sample:
        live = f"{row.live_issue_type} {row.live_confidence:.2f} {row.live_decision}"
        yield f"  {row.conversation_id}: {live} -> {row.issue_type} {row.confidence or 0.0:.2f} {row.decision}"


def check_document(check: DriftCheck) -> dict[str, Any]:
    """One check for drift."""
    return {"model": check.model, "at": check.at.isoformat(), "measures": [asdict(each) for each in check.measures]}


def check_lines(check: DriftCheck) -> Iterator[str]:
    """The same, one measure a line."""
    yield f"model {check.model} at {check.at:%Y-%m-%d %H:%M}"
    yield from (f"  {'ALARM' if each.alarm else 'ok':5}  {each.name:10}  {each.detail}" for each in check.measures)
