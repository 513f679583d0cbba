"""Trained models in a folder: one sub-folder a version, and a pointer that names the live one."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from routing.domain.pack import LabelledMessage
from routing.ports import Lesson

Progress = Callable[[int, int, str], None]
POINTER = "live.json"


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
        """The version the pointer names; None where nothing was promoted yet."""
        try:
            named: str = json.loads((self.folder / POINTER).read_text(encoding="utf-8"))["version"]
        except FileNotFoundError:
            return None
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
        if not self.path(classifier.version).exists():
            classifier.save(self.path(classifier.version))
        return classifier.version

    def accuracy(self, version: str, held_out: Sequence[LabelledMessage]) -> float:
        """Share of held-out messages whose most probable type is the right one; 0 where none is given."""
        from encoders.classifier import IntentClassifier

        classifier = IntentClassifier.load(self.path(version))
        predictions = classifier.classify([text for text, _ in held_out])
        right = sum(found.issue_type == key for found, (_, key) in zip(predictions, held_out, strict=True))
        return right / len(held_out) if held_out else 0.0

    def adopt(self, source: Path, at: datetime) -> str:
        """Take over a model trained elsewhere, after checking it loads, and make it live."""
        from encoders.classifier import IntentClassifier

        version = IntentClassifier.load(source).version
        if not self.path(version).exists():
            shutil.copytree(source, self.path(version))
        self.promote(version, at)
        return version

    def promote(self, version: str, at: datetime) -> None:
        """Make this version live; running services notice by themselves."""
        self.folder.mkdir(parents=True, exist_ok=True)
        pointer = self.folder / POINTER
        draft = pointer.with_suffix(".new")
        content = {"version": version, "promoted_at": at.isoformat(), "previous": self.live_version()}
        draft.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        draft.replace(pointer)
