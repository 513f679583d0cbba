"""Turns of phrase that tell of a circumstance: read from `cues.toml`, searched window by window in bounded time."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from encoders.vigilance.kinds import Kind

WINDOW = 320
"""Characters searched at once: the work on a message grows in step with its length, whatever the message is."""
_NAMED = re.compile(r"<(\w+)>")
_APOSTROPHES = re.compile(r"(?<=\w)['’‘`´](?=\w)")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*\s*")


@dataclass(frozen=True, slots=True)
class Signs:
    """What the cues found in one message; `excused`: kinds whose strong cue stands beside an innocent reason."""

    strong: Mapping[Kind, str]
    excused: frozenset[Kind]

    @property
    def certain(self) -> tuple[Kind, ...]:
        """The kinds that a strong cue shows and nothing excuses."""
        return tuple(kind for kind in self.strong if kind not in self.excused)


@dataclass(frozen=True, slots=True)
class CueBook:
    """Compiled patterns by kind, and those that excuse a strong cue."""

    kinds: Mapping[Kind, re.Pattern[str]]
    unless: re.Pattern[str]

    def read(self, text: str) -> Signs:
        """The signs in one message, in any case and with any apostrophes."""
        strong: dict[Kind, str] = {}
        excused: set[Kind] = set()
        certain: set[Kind] = set()
        for window in windows(plain(text)):
            innocent: bool | None = None
            for kind, pattern in self.kinds.items():
                found = pattern.search(window)
                if found:
                    strong.setdefault(kind, found.group().strip())
                    innocent = self.unless.search(window) is not None if innocent is None else innocent
                    (excused if innocent else certain).add(kind)
        return Signs(strong, frozenset(excused - certain))


def plain(text: str) -> str:
    """Lower case, one space between words, `don't` as `dont`, dashes within words as spaces."""
    lowered = _APOSTROPHES.sub("", text.lower()).replace("self-harm", "self harm")
    return " ".join(re.sub(r"(?<=\w)-(?=\w)", " ", lowered).split())


def windows(text: str) -> Iterator[str]:
    """Runs of whole sentences of at most `WINDOW` characters, each beginning with the sentence before it."""
    if len(text) <= WINDOW:
        yield text
        return
    held: list[str] = []
    for sentence in _sentences(text):
        if held and sum(map(len, held)) + len(sentence) > WINDOW:
            yield "".join(held)
            held = held[-1:] if len(held[-1]) + len(sentence) <= WINDOW else []
        held.append(sentence)
    yield "".join(held)


def _sentences(text: str) -> Iterator[str]:
    """No longer than half a window: a sentence without an end is cut, and its pieces overlap."""
    half = WINDOW // 2
    for match in _SENTENCE.finditer(text):
        sentence = match.group()
        for start in range(0, max(1, len(sentence)), half):
            yield sentence[start : start + half]


@lru_cache(maxsize=1)
def cue_book() -> CueBook:
    """The book that ships, compiled once a process."""
    table = tomllib.loads(files("encoders.vigilance").joinpath("cues.toml").read_text(encoding="utf-8"))
    words: Mapping[str, str] = table["words"]
    kinds = {kind: _pattern(table["kinds"][kind]["strong"], words) for kind in Kind}
    return CueBook(kinds, _pattern(table["unless"]["patterns"], words))


def _pattern(patterns: list[str], words: Mapping[str, str]) -> re.Pattern[str]:
    filled = (_NAMED.sub(lambda found: f"(?:{words[found[1]]})", pattern) for pattern in patterns)
    return re.compile("|".join(f"(?:{pattern})" for pattern in filled))
