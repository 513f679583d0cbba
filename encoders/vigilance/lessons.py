"""What the detector learns from: messages by kind, and ordinary ones."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from encoders.errors import TrainingDataError
from encoders.vigilance.features import ORDINARY
from encoders.vigilance.kinds import Kind


@dataclass(frozen=True, slots=True)
class Lesson:
    """One message and what it shows: a kind, or `ordinary`."""

    text: str
    label: str


@lru_cache(maxsize=1)
def read_lessons() -> tuple[Lesson, ...]:
    """The lessons that ship with the product, in the order of the file."""
    content = files("encoders.vigilance").joinpath("lessons.toml").read_text(encoding="utf-8")
    return tuple(lessons_in(tomllib.loads(content)))


def lessons_in(tables: Mapping[str, Any]) -> Iterator[Lesson]:
    """Lessons of a parsed file; raises `TrainingDataError` naming a kind that is unknown or has no messages."""
    circumstances: Mapping[str, list[str]] = tables["circumstances"]
    strangers = circumstances.keys() - set(Kind)
    if strangers:
        raise TrainingDataError(f"lessons: unknown kinds {', '.join(sorted(strangers))}; known are {', '.join(Kind)}")
    for kind in Kind:
        if not circumstances.get(kind):
            raise TrainingDataError(f"lessons: the kind {kind} has no messages")
        yield from (Lesson(text, kind) for text in circumstances[kind])
    yield from (Lesson(text, ORDINARY) for texts in tables["ordinary"].values() for text in texts)
