"""Trained models in a folder: one sub-folder a version, and a note of the live one for whoever has the folder alone."""

import hashlib
import json
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from encoders.modes import Mode
from routing.adapters.opened import OpenedModel, languages_of
from routing.domain.errors import Unavailable
from routing.domain.model import Description, Pointer, StoredFile
from routing.ports import Lesson

if TYPE_CHECKING:
    from encoders.classifier import IntentClassifier
    from encoders.training import Example

log = logging.getLogger(__name__)
Progress = Callable[[int, int, str], None]
POINTER = "live.json"
REPORTS = ("html", "json")
REMEDY = "remove it and run `pointsman train`"


@dataclass(frozen=True, slots=True)
class Training:
    """How models are trained: which encoder, what their gate promises, and who is told of the progress."""

    encoder: str
    target_error: float
    progress: Progress | None = None
    confidence: float = 0.95
    outside_share: float = 0.0
    mode: Mode = Mode.AUTO


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """ports.ModelFiles over a folder."""

    folder: Path
    training: Training

    def path(self, version: str) -> Path:
        """Where this version lies."""
        return self.folder / version

    def versions(self) -> list[str]:
        """The sub-folders that hold a model, sorted."""
        from encoders.artifacts import MANIFEST

        return sorted(path.parent.name for path in self.folder.glob(f"[!.]*/{MANIFEST}"))

    def fit(self, lesson: Lesson) -> str:
        """Train, and keep the result under its version."""
        from encoders.training import Example, TypeDescription, train

        examples = [Example(text, key) for text, key in lesson.examples]
        classifier = train(
            examples,
            mode=self.training.mode,
            descriptions={key: TypeDescription(*told) for key, told in lesson.descriptions.items()},
            outside=lesson.outside,
            families=lesson.families,
            slices=lesson.slices,
            languages=lesson.languages,
            target_error=self.training.target_error,
            confidence=self.training.confidence,
            outside_share=self.training.outside_share,
            encoder=self.training.encoder,
            seed=lesson.seed,
            progress=self.training.progress,
        )
        if not self._loads(classifier.version):
            classifier.save(self.path(classifier.version))
        self._report(classifier, examples)
        return classifier.version

    def _report(self, classifier: "IntentClassifier", examples: Sequence["Example"]) -> None:
        """Written again for a model that is there already: an older version of the service may have left none."""
        from encoders.report import report_training

        for doubt in report_training(classifier, examples, self.path(classifier.version)):
            log.warning("model %s: %s", classifier.version, doubt)

    def content(self, file: StoredFile) -> bytes:
        """A file below the folder, as it was when it was registered; Unavailable otherwise."""
        path = (self.folder / file.path).resolve()
        try:
            found = path.read_bytes() if path.is_relative_to(self.folder.resolve()) else b""
        except OSError as error:
            raise Unavailable(f"{file.path} cannot be read ({type(error).__name__})") from error
        if hashlib.sha256(found).hexdigest() != file.sha256:
            raise Unavailable(f"{file.path} is not what was registered; train again to have it written anew")
        return found

    def open(self, version: str) -> OpenedModel:
        """Load a model; Unavailable names what is wrong with it."""
        from encoders.classifier import IntentClassifier
        from encoders.errors import EncodersError

        try:
            return OpenedModel(IntentClassifier.load(self.path(version)))
        except EncodersError as error:
            raise Unavailable(f"model {version} does not load: {error}") from error

    def describe(self, version: str) -> Description:
        """What its manifest says, after every file was checked against it; Unavailable when one differs."""
        from encoders.artifacts import MANIFEST, read_artifact
        from encoders.errors import EncodersError

        try:
            manifest = read_artifact(self.path(version)).manifest
        except EncodersError as error:
            raise Unavailable(f"model {version} cannot be read: {error}") from error
        digest = _sha256(self.path(version) / MANIFEST)
        return Description(digest, _facts(manifest), dict(manifest.get("gate", {})), self._reports(version))

    def languages(self, texts: Sequence[str], among: Sequence[str]) -> list[str | None]:
        """The language of each text; None where it is not sure."""
        return languages_of(texts, tuple(among))

    def pointer(self) -> Pointer | None:
        """What the note says; None where there is none; Unavailable when it cannot be read."""
        file = self.folder / POINTER
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as error:
            raise Unavailable(f"{file} cannot be read ({type(error).__name__}); {REMEDY}") from error
        named = _name(content, "version")
        if named is None:
            raise Unavailable(f"{file} names no version; {REMEDY}")
        return Pointer(named, _name(content, "previous"))

    def point(self, pointer: Pointer) -> None:
        """Replace the note, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / POINTER
        draft = file.with_suffix(".new")
        with draft.open("w", encoding="utf-8") as out:
            out.write(json.dumps(_written(pointer), indent=2) + "\n")
            # On the disk before it is in place: a power cut must not leave an empty note.
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)

    def _loads(self, version: str) -> bool:
        try:
            self.open(version)
        except Unavailable:
            return False
        return True

    def _reports(self, version: str) -> tuple[StoredFile, ...]:
        """The evaluation reports in the model's folder, or beside it under its name."""
        inside = [self.path(version) / f"report.{kind}" for kind in REPORTS]
        beside = [self.folder / f"{version}.report.{kind}" for kind in REPORTS]
        there = [path for path in (*inside, *beside) if path.is_file()]
        return tuple(StoredFile(path.relative_to(self.folder).as_posix(), _sha256(path)) for path in there)


def _name(content: object, key: str) -> str | None:
    """A bare file name: what a note says must not lead out of the folder."""
    value = content.get(key) if isinstance(content, dict) else None
    return value if isinstance(value, str) and value and Path(value).name == value else None


def _written(pointer: Pointer) -> dict[str, Any]:
    values = asdict(pointer)
    at: datetime | None = pointer.promoted_at
    return {**values, "promoted_at": at.isoformat() if at else None}


def _facts(manifest: Any) -> dict[str, object]:
    kept = {name: manifest[name] for name in ("created_at", "created_by", "encoder") if name in manifest}
    return {**kept, "issue_types": len(manifest.get("issue_types", ())), **manifest.get("training", {})}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
