"""Places in a text, and runs of digit groups read as one number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_CUE_WINDOW = 48
_LETTERS = re.compile(r"[^\W\d_]{2}")
_CURRENCY_BEFORE = re.compile(r"(?:[£$€¥]|\b(?:GBP|EUR|USD|CHF))[ \n]?\Z", re.IGNORECASE)
_AMOUNT_AFTER = re.compile(r"[ \n]?(?:[£$€%]|(?:GBP|EUR|USD|CHF|pounds?|euros?|quid|dollars?|pence)\b)", re.IGNORECASE)
_FRACTION_AFTER = re.compile(r"[.,:/]\d{1,3}(?!\d)")
_IBAN_BEFORE = re.compile(r"(?<![A-Za-z0-9])(?:[A-Za-z]{2}\d{2}[ -]?(?:\d{4}[ -]?){0,5}|[A-Z]{2})\Z")
LINK = (
    r"[^\w\[\]]{0,24}(?:(?:is|are|was|number|no|nr|num|nummer|numéro|número|it|my|and|es|ist|lautet|est|el|le|the|on|at|now|under"
    r"|unter|new|neue|nuevo|nouveau)\b[^\w\[\]]{0,24}){0,3}\Z"
)
"""What may stand between a word that says what a number is and the number."""


@dataclass(frozen=True, slots=True)
class Group:
    """A run of digits: `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Span:
    """Personal data of one kind at `text[start:end]`."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """Some groups of a text read as one number; `before`: the group before it, unless that one was part of a number."""

    text: str
    groups: Sequence[Group]
    before: Group | None = None

    @property
    def start(self) -> int:
        return self.groups[0].start

    @property
    def end(self) -> int:
        return self.groups[-1].end

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(group.end - group.start for group in self.groups)

    @property
    def digits(self) -> str:
        """Whatever script they are written in, from 0 to 9."""
        return ascii_digits("".join(self.text[group.start : group.end] for group in self.groups))

    def first(self, count: int) -> "Candidate":
        """The first so many groups."""
        return Candidate(self.text, self.groups[:count], self.before)

    def gaps(self) -> set[str]:
        """What stands between the groups; a line's end counts as a space."""
        pairs = zip(self.groups, self.groups[1:], strict=False)
        return {self.text[left.end : right.start].replace("\n", " ") for left, right in pairs}

    def follows(self, cue: re.Pattern[str]) -> bool:
        """Whether the pattern, which ends in `LINK`, stands right before the number."""
        words = self.text[max(0, self.start - _CUE_WINDOW) : self.start]
        return bool(_LETTERS.search(words) and cue.search(words))

    def stands_alone(self) -> bool:
        """Not glued to letters, not followed by a unit of money or by a decimal, date or time tail."""
        text, start, end = self.text, self.start, self.end
        glued = (start > 0 and _is_word(text[start - 1])) or (end < len(text) and _is_word(text[end]))
        return not (glued or _AMOUNT_AFTER.match(text, end) or _FRACTION_AFTER.match(text, end))

    def ends_an_iban(self) -> bool:
        """Digits behind `DE12` are the rest of an account number, right or wrong, whatever they look like by chance."""
        return bool(_IBAN_BEFORE.search(self.text[max(0, self.start - 30) : self.start]))

    def continues(self) -> bool:
        """Part of a longer number: groups of the size of the one before, but for the last, parted alike."""
        if self.before is None or len(self.groups) < 2:
            return False
        size = self.before.end - self.before.start
        alike = size > 2 and set(self.sizes[:-1]) == {size} and self.sizes[-1] <= size
        return alike and self.gaps() == {self.text[self.before.end : self.start].replace("\n", " ")}

    def is_amount_or_fraction(self) -> bool:
        """A currency sign before it, or the tail of a decimal, a date or a time (`]` ends what is already masked)."""
        before = self.text[max(0, self.start - 5) : self.start]
        tail = len(before) > 1 and before[-1] in ".,:/" and (before[-2].isdigit() or before[-2] == "]")
        return tail or bool(_CURRENCY_BEFORE.search(before))


def ascii_digits(text: str) -> str:
    """Digits of every script as 0 to 9."""
    return text if text.isascii() else "".join(str(int(char)) if char.isdecimal() else char for char in text)


def _is_word(char: str) -> bool:
    return char.isalpha() or char == "_"
