"""A trained model in the registry: what it is, which state it is in, and the steps between the states."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NewType

from routing.domain.drift import DriftReference
from routing.domain.errors import IllegalTransition

ModelId = NewType("ModelId", str)
"""A model's version: a digest of everything that decides its answers."""


class ModelState(StrEnum):
    """A `candidate` waits, a `shadow` answers unseen beside the `live` one, a `retired` one can come back."""

    CANDIDATE = "candidate"
    SHADOW = "shadow"
    LIVE = "live"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that belongs to a model: its place below the models folder, and the SHA-256 of what was there."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which version is live and which one was before, beside the folders, for an installation without their rows."""

    version: str
    previous: str | None
    promoted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """What a model's folder says of itself: the digest of its manifest, what training found, and its gate."""

    digest: str
    facts: Mapping[str, object] = field(default_factory=dict)
    thresholds: Mapping[str, object] = field(default_factory=dict)
    reports: tuple[StoredFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """One version. `previous` was live before it; `assessment` is what the promotion gate last said, as plain values.

    `reference` is what its inputs and answers looked like on held-out messages; None where it was never measured.
    """

    id: ModelId
    state: ModelState
    registered_at: datetime
    registered_by: str
    changed_at: datetime
    changed_by: str
    digest: str
    facts: Mapping[str, object] = field(default_factory=dict)
    thresholds: Mapping[str, object] = field(default_factory=dict)
    reports: tuple[StoredFile, ...] = ()
    reference: DriftReference | None = None
    assessment: Mapping[str, object] | None = None
    previous: ModelId | None = None
    version: int = 0

    def shadow(self, at: datetime, by: str) -> "Model":
        """Let it answer beside the live model."""
        self._require("shadowing", ModelState.CANDIDATE, ModelState.RETIRED)
        return self._moved(ModelState.SHADOW, at, by)

    def unshadow(self, at: datetime, by: str) -> "Model":
        """It waits again."""
        self._require("the end of shadowing", ModelState.SHADOW)
        return self._moved(ModelState.CANDIDATE, at, by)

    def promote(self, previous: ModelId | None, at: datetime, by: str) -> "Model":
        """Make it live after `previous`."""
        self._require("promotion", ModelState.CANDIDATE, ModelState.SHADOW, ModelState.RETIRED)
        return replace(self._moved(ModelState.LIVE, at, by), previous=previous)

    def restore(self, at: datetime, by: str) -> "Model":
        """Make it live again, by a rollback: the model before it stays the one that was."""
        self._require("a rollback to it", ModelState.CANDIDATE, ModelState.SHADOW, ModelState.RETIRED)
        return self._moved(ModelState.LIVE, at, by)

    def retire(self, at: datetime, by: str) -> "Model":
        """Another took over."""
        self._require("retiring", ModelState.LIVE, ModelState.CANDIDATE, ModelState.SHADOW)
        return self._moved(ModelState.RETIRED, at, by)

    def _moved(self, state: ModelState, at: datetime, by: str) -> "Model":
        return replace(self, state=state, changed_at=at, changed_by=by)

    def _require(self, step: str, *allowed: ModelState) -> None:
        if self.state not in allowed:
            raise IllegalTransition("model", self.id, self.state, step, " or ".join(allowed))
