"""The models as a page shows them: newest first, with what training found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from api.console import numerals, wording
from api.console.speech import _, marked
from routing.domain.model import Model, ModelState
from routing.services.model_reports import page_file

STANDING = {
    ModelState.LIVE: marked("Live"),
    ModelState.SHADOW: marked("Shadow"),
    ModelState.CANDIDATE: marked("Candidate"),
    ModelState.RETIRED: marked("Retired"),
}


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One version. Figures are ready to be shown; a dash where training did not find them."""

    version: str
    state: str
    standing: str
    since: str
    changed_by: str
    mode: str
    examples: str
    issue_types: str
    accuracy: str
    share_auto: str
    error_auto: str
    report: str | None


def rows(models: Sequence[Model]) -> tuple[ModelRow, ...]:
    """In the order given."""
    return tuple(_row(model) for model in models)


def _row(model: Model) -> ModelRow:
    held_out = model.facts.get("held_out")
    found: Mapping[str, object] = held_out if isinstance(held_out, Mapping) else {}
    return ModelRow(
        version=model.id,
        state=model.state.value,
        standing=_(STANDING[model.state]),
        since=_day(model.changed_at),
        changed_by=model.changed_by,
        mode=str(model.facts.get("mode", "–")),
        examples=_count(model.facts.get("examples")),
        issue_types=_count(model.facts.get("issue_types")),
        accuracy=_share(found.get("accuracy")),
        share_auto=_share(found.get("share_auto")),
        error_auto=_share(found.get("error_auto") if found.get("share_auto") else None),
        report=f"/console/models/report?{urlencode({'model': model.id})}" if page_file(model) else None,
    )


def _day(at: datetime) -> str:
    return numerals.whole_date(at)


def _count(value: object) -> str:
    return numerals.number(value) if isinstance(value, int) else "–"


def _share(value: object) -> str:
    return wording.per_cent(numerals.number(100 * value, ".1f")) if isinstance(value, int | float) else "–"
