"""What the detector learns from: messages by kind, and ordinary ones."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from encoders.errors import TrainingDataError
from encoders.text import duplicate_key
from encoders.vigilance.features import ORDINARY
from encoders.vigilance.kinds import Kind

NEAR = "near"
"""How the names of tables begin whose messages were written to be mistaken for a circumstance."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One message and what it shows: a kind, or `ordinary`. `source`: the name of the file that it comes from.

    `near_miss`: ordinary, and written to be mistaken for a circumstance.
    """

    text: str
    label: str
    source: str
    near_miss: bool = False


@lru_cache(maxsize=1)
def read_lessons() -> tuple[Lesson, ...]:
    """The lessons that ship with the product, file by file, each message once.

    Raises `TrainingDataError` naming a kind that is unknown or that no file has messages of.
    """
    found = [
        lesson for name, content in sorted(_files().items()) for lesson in lessons_in(tomllib.loads(content), name)
    ]
    missing = set(Kind) - {lesson.label for lesson in found}
    if missing:
        raise TrainingDataError(f"lessons: no messages of {', '.join(sorted(missing))}")
    return tuple({duplicate_key(lesson.text): lesson for lesson in reversed(found)}.values())[::-1]


def lessons_in(tables: Mapping[str, Any], source: str) -> Iterator[Lesson]:
    """Lessons of a parsed file, which may leave kinds out; raises `TrainingDataError` naming a kind that is unknown."""
    circumstances: Mapping[str, list[str]] = tables.get("circumstances", {})
    strangers = circumstances.keys() - set(Kind)
    if strangers:
        raise TrainingDataError(f"{source}: unknown kinds {', '.join(sorted(strangers))}; known are {', '.join(Kind)}")
    yield from (Lesson(text, kind, source) for kind, texts in circumstances.items() for text in texts)
    for name, texts in tables.get("ordinary", {}).items():
        yield from (Lesson(text, ORDINARY, source, name.startswith(NEAR)) for text in texts)


def _files() -> dict[str, str]:
    """Names without their ending, and contents."""
    there = files("encoders.vigilance").iterdir()
    return {
        entry.name.removesuffix(".toml"): entry.read_text(encoding="utf-8")
        for entry in there
        if entry.name.startswith("lessons") and entry.name.endswith(".toml")
    }
