"""The registry of models, what a shadow answered, and checks for drift, as rows."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import IntegrityError

from routing.adapters.sql import rows
from routing.adapters.sql.tables import drift_checks, models, shadow_triages
from routing.domain.drift import Cloud, DriftCheck, DriftReference, Histogram, Measure, Measured
from routing.domain.errors import StaleState
from routing.domain.issue import Decision
from routing.domain.model import Model, ModelId, ModelState, StoredFile
from routing.domain.shadow import ShadowTriage


class SqlModels:
    """ports.Models."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, model: Model) -> None:
        with _guarded(self._connection, model):
            self._connection.execute(sa.insert(models).values(_values(model)))

    def get(self, id: ModelId) -> Model:
        return _model(rows.get(self._connection, models, id, "model"))

    def find(self, id: ModelId) -> Model | None:
        row = self._connection.execute(sa.select(models).where(models.c.id == id)).first()
        return _model(row) if row else None

    def save(self, model: Model) -> Model:
        with _guarded(self._connection, model):
            rows.save(self._connection, models, _values(model), "model")
        return replace(model, version=model.version + 1)

    def all(self) -> list[Model]:
        query = sa.select(models).order_by(models.c.registered_at.desc(), models.c.id)
        return [_model(row) for row in self._connection.execute(query)]

    def in_state(self, state: ModelState) -> list[Model]:
        query = sa.select(models).where(models.c.state == str(state)).order_by(models.c.registered_at.desc())
        return [_model(row) for row in self._connection.execute(query)]

    def id_in(self, state: ModelState) -> ModelId | None:
        found = self._connection.execute(sa.select(models.c.id).where(models.c.state == str(state))).scalar()
        return None if found is None else ModelId(found)


class SqlShadowTriages:
    """ports.ShadowTriages."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add_all(self, rows_: Sequence[ShadowTriage]) -> None:
        if rows_:
            self._connection.execute(sa.insert(shadow_triages), [rows.values_of(row) for row in rows_])

    def newest(self, model: ModelId, most: int) -> list[ShadowTriage]:
        query = sa.select(shadow_triages).where(shadow_triages.c.model == model)
        query = query.order_by(shadow_triages.c.seq.desc()).limit(most)
        return [_shadow_triage(row) for row in self._connection.execute(query)]

    def forget_before(self, at: datetime, keeping: Sequence[str] = ()) -> int:
        spared = [shadow_triages.c.conversation_id.not_in(chunk) for chunk in rows.chunks(keeping)]
        return self._connection.execute(sa.delete(shadow_triages).where(shadow_triages.c.at < at, *spared)).rowcount


class SqlDriftChecks:
    """ports.DriftChecks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, check: DriftCheck) -> None:
        measures = [{**asdict(measure), "name": str(measure.name)} for measure in check.measures]
        values = {"model": check.model, "at": check.at, "alarm": bool(check.alarms), "measures": measures}
        self._connection.execute(sa.insert(drift_checks).values(values))

    def newest(self, most: int) -> list[DriftCheck]:
        query = sa.select(drift_checks).order_by(drift_checks.c.seq.desc()).limit(most)
        return [_check(row) for row in self._connection.execute(query)]

    def forget_before(self, at: datetime) -> int:
        return self._connection.execute(sa.delete(drift_checks).where(drift_checks.c.at < at)).rowcount


@contextmanager
def _guarded(connection: Connection, model: Model) -> Iterator[None]:
    """A second live model, or a second shadow, is refused by the database; here it becomes StaleState."""
    try:
        with connection.begin_nested():
            yield
    except IntegrityError as error:
        raise StaleState("model", model.id) from error


def _values(model: Model) -> rows.Values:
    values = rows.values_of(model)
    values["reports"] = [asdict(file) for file in model.reports]
    values["reference"] = None if model.reference is None else asdict(model.reference)
    return values


def _model(row: Row[Any]) -> Model:
    values = rows.columns(row)
    values["state"] = ModelState(values["state"])
    values["reports"] = tuple(StoredFile(**file) for file in values["reports"])
    values["reference"] = None if values["reference"] is None else _reference(values["reference"])
    return Model(**values)


def _reference(stored: Mapping[str, Any]) -> DriftReference:
    inputs = stored["inputs"]
    return DriftReference(
        confidence=_histogram(stored["confidence"]),
        novelty=_histogram(stored["novelty"]),
        reviewed=stored["reviewed"],
        overruled=stored["overruled"],
        inputs=None if inputs is None else Cloud(**{**inputs, "mean": tuple(inputs["mean"])}),
    )


def _histogram(stored: Mapping[str, Any]) -> Histogram:
    return Histogram(tuple(stored["edges"]), tuple(stored["counts"]))


def _shadow_triage(row: Row[Any]) -> ShadowTriage:
    values = rows.columns(row)
    values.pop("seq")
    values["live_decision"] = Decision(values["live_decision"])
    values["decision"] = None if values["decision"] is None else Decision(values["decision"])
    return ShadowTriage(**values)


def _check(row: Row[Any]) -> DriftCheck:
    measures = (Measure(**{**stored, "name": Measured(stored["name"])}) for stored in row.measures)
    return DriftCheck(row.model, row.at, tuple(measures))
