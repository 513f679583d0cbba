"""What can go wrong in this package, as one tree.

EncodersError
├── UnknownLanguage          a language code that the detector does not know
├── EncoderUnavailable       the sentence encoder cannot be loaded
├── TrainingDataError        the examples as a whole cannot be trained on
│   └── DataFileError        a data file or folder cannot be used at all
├── TaxonomyChangeError      a change of the issue types that cannot be made
│   ├── UnknownIssueType     the model has no such issue type
│   ├── IssueTypeExists      the model has an issue type of that name already
│   └── TooFewIssueTypes     fewer than two would be left, or named
└── ArtifactError            a model folder is refused
    ├── ArtifactMissing      the folder or a file in it is not there
    ├── ArtifactDamaged      a file does not hold what the manifest says
    ├── ArtifactForeign      not a model folder, an unknown format, or a file that does not belong
    └── ArtifactMismatch     the parts do not fit each other (labels, shapes, encoder)
"""

from collections.abc import Sequence
from pathlib import Path


class EncodersError(Exception):
    """Root of everything this package raises on purpose."""


class UnknownLanguage(EncodersError):
    """A configured language code is not one the detector knows."""

    def __init__(self, code: str, known: Sequence[str]) -> None:
        super().__init__(f"languages: {code!r} is not known; use ISO 639-1 codes out of {', '.join(known)}")
        self.code = code


class EncoderUnavailable(EncodersError):
    """The sentence encoder of this name or path cannot be loaded here."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"sentence encoder {name!r} cannot be loaded: {why}")
        self.name = name


class TrainingDataError(EncodersError):
    """The examples as a whole cannot be trained on."""


class DataFileError(TrainingDataError):
    """A data file or folder cannot be used at all."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path


class TaxonomyChangeError(EncodersError):
    """A change of the issue types that cannot be made; the model stays as it is."""


class UnknownIssueType(TaxonomyChangeError):
    """The model has no such issue type."""

    def __init__(self, key: str, near: Sequence[str]) -> None:
        hint = f"; did you mean {', '.join(near)}?" if near else ""
        super().__init__(f"issue type {key!r} is not one of the model's{hint}")
        self.key = key


class IssueTypeExists(TaxonomyChangeError):
    """The model has an issue type of that name already."""

    def __init__(self, key: str) -> None:
        super().__init__(f"issue type {key!r} is one of the model's already; choose another key")
        self.key = key


class TooFewIssueTypes(TaxonomyChangeError):
    """Fewer issue types than the change, or a model, needs."""


class ArtifactError(EncodersError):
    """A model folder is refused; the message names the file and why."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}")
        self.path = path


class ArtifactMissing(ArtifactError):
    """The folder, or a file that belongs in it, is not there."""


class ArtifactDamaged(ArtifactError):
    """A file does not hold what the manifest says it holds."""


class ArtifactForeign(ArtifactError):
    """Not a model folder of this product, an unknown format, or a file that does not belong."""


class ArtifactMismatch(ArtifactError):
    """The parts are whole but do not fit each other."""
