"""What trains models and keeps their files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from routing.domain.comparison import Answer
from routing.domain.drift import DriftReference
from routing.domain.model import Description, Pointer, StoredFile
from routing.domain.pack import LabelledMessage


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a model is to learn: labelled messages, messages outside the taxonomy, and the seed of all randomness.

    `families`: issue type to family; `languages`: those that the markets speak; `descriptions`: issue type to its name
    and what it is about, for types that have few messages or none. `slices`: dimension (language, market) to one value
    an example, empty where it is not known.
    """

    examples: tuple[LabelledMessage, ...]
    outside: tuple[str, ...]
    seed: int = 0
    families: Mapping[str, str] = field(default_factory=dict)
    languages: tuple[str, ...] = ("en",)
    descriptions: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    slices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class OpenModel(Protocol):
    """A model that was loaded, to be asked."""

    def answers(self, texts: Sequence[str]) -> list[Answer]:
        """Its first guess of each, and whether its gate would let that pass."""
        ...

    def reference(self, texts: Sequence[str]) -> DriftReference:
        """What its held-out rows, and these messages it was not taught, look like to it."""
        ...


class ModelFiles(Protocol):
    """Trained models on disk, by version. What is not there, or is damaged, is Unavailable and named."""

    def fit(self, lesson: Lesson) -> str:
        """Train and keep a model; returns its version."""
        ...

    def open(self, version: str) -> OpenModel: ...
    def describe(self, version: str) -> Description:
        """Read from its folder without loading it."""
        ...

    def content(self, file: StoredFile) -> bytes:
        """A model's file; Unavailable when it is not there, or no longer what was registered."""
        ...

    def versions(self) -> list[str]:
        """Every model that has a folder."""
        ...

    def pointer(self) -> Pointer | None:
        """The note that names the live model for whoever has the folder alone; None where there is none."""
        ...

    def point(self, pointer: Pointer) -> None:
        """Replace that note."""
        ...

    def languages(self, texts: Sequence[str], among: Sequence[str]) -> list[str | None]:
        """The language of each text, None where it is not sure."""
        ...
