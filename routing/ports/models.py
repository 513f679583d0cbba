"""The registry of models, and what is kept of watching them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from routing.domain.drift import DriftCheck
from routing.domain.model import Model, ModelId, ModelState
from routing.domain.shadow import ShadowTriage


class Models(Protocol):
    """The registry. At most one model is live and one a shadow: `add` and `save` raise StaleState for a second."""

    def add(self, model: Model) -> None: ...
    def get(self, id: ModelId) -> Model: ...
    def save(self, model: Model) -> Model: ...
    def find(self, id: ModelId) -> Model | None: ...
    def all(self) -> list[Model]:
        """Newest first."""
        ...

    def in_state(self, state: ModelState) -> list[Model]: ...
    def id_in(self, state: ModelState) -> ModelId | None:
        """Whose version is live, or the shadow: asked with every message, so it reads nothing else."""
        ...


class ShadowTriages(Protocol):
    """What a shadow answered beside the live model, one row a message."""

    def add_all(self, rows: Sequence[ShadowTriage]) -> None: ...
    def newest(self, model: ModelId, most: int) -> list[ShadowTriage]: ...
    def forget_before(self, at: datetime, keeping: Sequence[str] = ()) -> int:
        """Drop older ones; those of the conversations in `keeping` stay."""
        ...


class DriftChecks(Protocol):
    """Every check of the live model, newest first."""

    def add(self, check: DriftCheck) -> None: ...
    def newest(self, most: int) -> list[DriftCheck]: ...
    def forget_before(self, at: datetime) -> int: ...
