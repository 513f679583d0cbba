"""Trained models in a folder: one sub-folder a version, and a pointer that names the live one."""

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from routing.domain.errors import Unavailable
from routing.domain.pack import LabelledMessage
from routing.ports import Lesson

Progress = Callable[[int, int, str], None]
POINTER = "live.json"
REMEDY = "remove it and run `pointsman train`"


@dataclass(frozen=True, slots=True)
class Training:
    """How models are trained: which encoder, at what target error, and who is told of the progress."""

    encoder: str
    target_error: float
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """ports.Models over a folder."""

    folder: Path
    training: Training

    def live_version(self) -> str | None:
        """The version the pointer names; None where nothing was promoted yet; Unavailable when it cannot be read."""
        pointer = self.folder / POINTER
        try:
            content = json.loads(pointer.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            raise Unavailable(f"{pointer} cannot be read ({type(error).__name__}); {REMEDY}") from error
        named = content.get("version") if isinstance(content, dict) else None
        if not isinstance(named, str) or Path(named).name != named:
            raise Unavailable(f"{pointer} names no version; {REMEDY}")
        return named

    def path(self, version: str) -> Path:
        """Where this version lies."""
        return self.folder / version

    def fit(self, lesson: Lesson) -> str:
        """Train, and keep the result under its version."""
        from encoders.training import Example, train

        classifier = train(
            [Example(text, key) for text, key in lesson.examples],
            outside=lesson.outside,
            target_error=self.training.target_error,
            encoder=self.training.encoder,
            seed=lesson.seed,
            progress=self.training.progress,
        )
        if not self._loads(classifier.version):
            classifier.save(self.path(classifier.version))
        return classifier.version

    def accuracy(self, version: str, held_out: Sequence[LabelledMessage]) -> float:
        """Share of held-out messages whose most probable type is the right one; 0 where none is given.

        Unavailable when the model does not load.
        """
        from encoders.classifier import IntentClassifier
        from encoders.errors import EncodersError

        try:
            classifier = IntentClassifier.load(self.path(version))
        except EncodersError as error:
            raise Unavailable(f"model {version} does not load: {error}") from error
        predictions = classifier.classify([text for text, _ in held_out])
        right = sum(found.issue_type == key for found, (_, key) in zip(predictions, held_out, strict=True))
        return right / len(held_out) if held_out else 0.0

    def _loads(self, version: str) -> bool:
        from encoders.classifier import IntentClassifier
        from encoders.errors import EncodersError

        try:
            IntentClassifier.load(self.path(version))
        except EncodersError:
            return False
        return True

    def promote(self, version: str, at: datetime) -> None:
        """Make this version live; running services notice by themselves."""
        self.folder.mkdir(parents=True, exist_ok=True)
        pointer = self.folder / POINTER
        draft = pointer.with_suffix(".new")
        content = {"version": version, "promoted_at": at.isoformat(), "previous": self._previous()}
        with draft.open("w", encoding="utf-8") as file:
            file.write(json.dumps(content, indent=2) + "\n")
            # On the disk before it is in place: a power cut must not leave an empty pointer.
            file.flush()
            os.fsync(file.fileno())
        draft.replace(pointer)

    def _previous(self) -> str | None:
        try:
            return self.live_version()
        except Unavailable:
            return None  # a broken pointer is replaced like any other
