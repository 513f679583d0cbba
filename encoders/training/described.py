"""Issue types as their names and descriptions: lessons for a type that has few messages, or none yet."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from encoders.text import prepare

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEPARATORS = re.compile(r"[_\-./:\s]+")
_LETTERS = 3
_FRAMES = ("{}", "I have a question about {}", "{} please help", "my problem is {}")
_FEW_MESSAGES = 20
"""A type with as many messages needs no description: from there on the name made no difference, or a worse one."""


@dataclass(frozen=True, slots=True)
class TypeDescription:
    """What people call an issue type and, where they wrote it down, what it is about."""

    name: str
    about: str = ""


def lessons_of(
    issue_types: Sequence[str], counts: Mapping[str, int], descriptions: Mapping[str, TypeDescription]
) -> list[tuple[str, str]]:
    """(text, issue type) for every type with too few messages; a name is made of the key where none was given."""
    short = [key for key in issue_types if counts.get(key, 0) < _FEW_MESSAGES]
    return [(text, key) for key in short for text in _texts(key, descriptions.get(key), counts.get(key, 0))]


def _texts(key: str, given: TypeDescription | None, messages: int) -> Iterator[str]:
    name = spoken(given.name if given else key)
    if sum(char.isalpha() for char in name) >= _LETTERS:
        # Beside real messages the bare name says enough; alone, it is put as a customer might.
        yield from (prepare(frame.format(name)) for frame in (_FRAMES[:1] if messages else _FRAMES))
    if given and given.about.strip():
        yield prepare(given.about)


def spoken(key: str) -> str:
    """`card_arrival` as `card arrival`."""
    return " ".join(_SEPARATORS.sub(" ", _CAMEL.sub(" ", key)).split()).rstrip("?!.").lower()
