"""The registry of models, what a shadow answered, and checks for drift, in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from routing.adapters.memory.rows import Tables, found
from routing.domain.drift import DriftCheck
from routing.domain.errors import StaleState
from routing.domain.model import Model, ModelId, ModelState
from routing.domain.shadow import ShadowTriage

ALONE = frozenset({ModelState.LIVE, ModelState.SHADOW})


class MemoryModels:
    """The twin of `ports.Models`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.models

    def add(self, model: Model) -> None:
        """One more; StaleState when it is there, or when it would be a second live one."""
        if self._rows.get(model.id) is not None:
            raise StaleState("model", model.id)
        self._require_alone(model)
        self._rows.put(model.id, model)

    def get(self, id: ModelId) -> Model:
        """The model with this version."""
        return found(self._rows.get(id), "model", id)

    def find(self, id: ModelId) -> Model | None:
        """The model with this version, if any."""
        return self._rows.get(id)

    def save(self, model: Model) -> Model:
        """Replace the row that was read."""
        if self.get(model.id).version != model.version:
            raise StaleState("model", model.id)
        self._require_alone(model)
        saved = replace(model, version=model.version + 1)
        self._rows.put(model.id, saved)
        return saved

    def all(self) -> list[Model]:
        """Newest first."""
        by_id = sorted(self._rows, key=lambda model: model.id)
        return sorted(by_id, key=lambda model: model.registered_at, reverse=True)

    def in_state(self, state: ModelState) -> list[Model]:
        """Those in this state, newest first."""
        return [model for model in self.all() if model.state is state]

    def id_in(self, state: ModelState) -> ModelId | None:
        """Whose version is live, or the shadow."""
        return next((model.id for model in self._rows if model.state is state), None)

    def _require_alone(self, model: Model) -> None:
        if model.state in ALONE and self.id_in(model.state) not in {None, model.id}:
            raise StaleState("model", model.id)


class MemoryShadowTriages:
    """The twin of `ports.ShadowTriages`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.shadow_triages

    def add_all(self, rows: Sequence[ShadowTriage]) -> None:
        """Keep what a shadow answered to a batch."""
        first = max((key for key, _ in self._rows.items()), default=0) + 1
        for seq, row in enumerate(rows, start=first):
            self._rows.put(seq, row)

    def newest(self, model: ModelId, most: int) -> list[ShadowTriage]:
        """Newest first."""
        return [row for row in self._rows if row.model == model][::-1][:most]

    def forget_before(self, at: datetime, keeping: Sequence[str] = ()) -> int:
        """Drop old rows but those of these conversations; returns how many."""
        old = [key for key, row in self._rows.items() if row.at < at and row.conversation_id not in keeping]
        return sum(self._rows.drop(key) for key in old)


class MemoryDriftChecks:
    """The twin of `ports.DriftChecks`."""

    def __init__(self, tables: Tables) -> None:
        self._rows = tables.drift_checks

    def add(self, check: DriftCheck) -> None:
        """Keep one more."""
        self._rows.put(max((key for key, _ in self._rows.items()), default=0) + 1, check)

    def newest(self, most: int) -> list[DriftCheck]:
        """Newest first."""
        return list(self._rows)[::-1][:most]

    def forget_before(self, at: datetime) -> int:
        """Drop old rows; returns how many."""
        old = [key for key, check in self._rows.items() if check.at < at]
        return sum(self._rows.drop(key) for key in old)
