"""Issue types as their names and descriptions: lessons for a type that has few messages, or none yet."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.text import prepare

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEPARATORS = re.compile(r"[_\-./:\s]+")
_LETTERS = 3
_SAID = ("{}", "I have a question about {}.", "My problem: {}")
_FEW_MESSAGES = 20
"""A type with as many messages needs no description: from there on the name made no difference, or a worse one."""


@dataclass(frozen=True, slots=True)
class TypeDescription:
    """What people call an issue type and, where they wrote it down, what it is about."""

    name: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class DescribedLesson:
    """One row of a type: what stands for it is the mean of the vectors of `said`, and all words of `phrases`."""

    issue_type: str
    phrases: tuple[str, ...]
    named_only: bool = False

    @property
    def words(self) -> str:
        """The phrases as one text."""
        return ". ".join(self.phrases)

    @property
    def said(self) -> tuple[str, ...]:
        """The phrases; where they are names alone, also as a customer might say them."""
        ways = _SAID if self.named_only else ("{}",)
        return tuple(way.format(phrase) for way in ways for phrase in self.phrases)


def lessons_of(
    issue_types: Sequence[str], counts: Mapping[str, int], descriptions: Mapping[str, TypeDescription]
) -> list[DescribedLesson]:
    """A lesson for every type with too few messages and anything to be said of it."""
    short = [key for key in issue_types if counts.get(key, 0) < _FEW_MESSAGES]
    lessons = [_lesson(key, descriptions.get(key)) for key in short]
    return [lesson for lesson in lessons if lesson.phrases]


def _lesson(key: str, given: TypeDescription | None) -> DescribedLesson:
    return DescribedLesson(key, phrases_of(key, given), named_only=given is None or not given.about.strip())


def phrases_of(key: str, given: TypeDescription | None) -> tuple[str, ...]:
    """The key as words, the name, what it is about, and the last two as one: better together than any alone."""
    name = spoken(given.name) if given else ""
    about = prepare(given.about) if given else ""
    phrases = (spoken(key), name, about, f"{name}. {about}" if name and about else "")
    return tuple(dict.fromkeys(phrase for phrase in phrases if sum(map(str.isalpha, phrase)) >= _LETTERS))


def mean_vectors(
    lessons: Sequence[DescribedLesson], encode: Callable[[Sequence[str]], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """(lessons, d) float32 of length 1."""
    vectors = encode([phrase for lesson in lessons for phrase in lesson.said])
    ends = np.cumsum([len(lesson.said) for lesson in lessons])
    means = np.stack([rows.mean(axis=0) for rows in np.split(vectors, ends[:-1])])
    return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12), dtype=np.float32)


def spoken(key: str) -> str:
    """`card_arrival` as `card arrival`."""
    return " ".join(_SEPARATORS.sub(" ", _CAMEL.sub(" ", key)).split()).rstrip("?!.").lower()
