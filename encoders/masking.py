"""Personal data in a message, found and replaced by placeholders, in time linear in its length.

Numbers are read as groups of digits, left to right. Whether a run of groups is masked depends on that run and on what
touches it, never on what was masked elsewhere, so that masking twice changes nothing.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from encoders.characters import strip_invisible
from encoders.numbers import MAX_GROUPS, Group, Span, find_number

# The look-behind lets a match start only at the start of a run: without it a long run costs quadratic time.
_EMAIL = re.compile(r"(?<![\w.%+'&=-])[\w.%+'&=-]++@[\w-]++(?:\.[\w-]++)++")
_IBAN_START = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}[0-9]{2}(?=[ \n-]?[A-Za-z0-9])")
_IBAN_BODY = re.compile(r"[A-Za-z]{2}[0-9]{2}(?:[ \n-]?[A-Za-z0-9]){11,30}")
_IBAN_SHAPE = re.compile(r"(?:GB|IE)[0-9]{2}[A-Z]{4}[0-9]{14}")
_IBAN_LENGTHS = range(34, 14, -1)
_GROUP = re.compile(r"\d+")
# A line's end joins like a space: mail programs break lines inside numbers.
_JOINT = re.compile(r"(?:[ \u00a0\n]{1,2}|[ \n]?[-\u2010-\u2015.][ \n]?|[ \n]?[()][ \n]?|\)[ \n]?-[ \n]?)\Z")


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its personal data, and how many of each kind were found (`card`, `account`, ...)."""

    text: str
    found: Mapping[str, int]


def mask_personal_data(text: str) -> Masked:
    """Replace cards, accounts, sort codes, IBANs, phone numbers and e-mail addresses by `[CARD]`, `[ACCOUNT]`, ...

    Amounts, dates and times stay. Invisible characters are dropped first, since they can hide a number. Idempotent.
    """
    found: Counter[str] = Counter()
    text = _replace(strip_invisible(text), _emails, found)
    text = _replace(text, _ibans, found)
    text = _replace(text, _numbers, found)
    return Masked(text, MappingProxyType(dict(found)))


def _replace(text: str, spans: Callable[[str], Iterator[Span]], found: Counter[str]) -> str:
    parts, position = [], 0
    for span in spans(text):
        parts += [text[position : span.start], f"[{span.kind.upper()}]"]
        position = span.end
        found[span.kind] += 1
    return "".join([*parts, text[position:]])


def _emails(text: str) -> Iterator[Span]:
    return (Span("email", match.start(), match.end()) for match in _EMAIL.finditer(text))


def _ibans(text: str) -> Iterator[Span]:
    position = 0
    while start := _IBAN_START.search(text, position):
        position = start.end()
        end = _iban_end(text, start.start())
        if end is not None:
            yield Span("iban", start.start(), end)
            position = end


def _iban_end(text: str, start: int) -> int | None:
    """Where the IBAN that starts here ends: the longest reading whose check digits hold, or the British shape."""
    body = _IBAN_BODY.match(text, start)
    if body is None:
        return None
    ends = [index + 1 for index in range(start, body.end()) if text[index] not in " -\n"]
    letters = "".join(text[end - 1] for end in ends).upper()
    for length in _IBAN_LENGTHS:
        if length <= len(letters) and _is_iban(letters[:length]) and _ends_a_word(text, ends[length - 1]):
            return ends[length - 1]
    return None


def _is_iban(letters: str) -> bool:
    from stdnum import iban

    if _IBAN_SHAPE.fullmatch(letters):
        return True
    return _check_digits_hold(letters) and bool(iban.is_valid(letters))


def _check_digits_hold(letters: str) -> bool:
    """ISO 7064 mod 97-10: quick, and rules out all but one in 97 before the slower look at the country's form."""
    return int("".join(str(int(char, 36)) for char in letters[4:] + letters[:4])) % 97 == 1


def _ends_a_word(text: str, end: int) -> bool:
    return end == len(text) or not text[end].isalnum()


def _numbers(text: str) -> Iterator[Span]:
    groups = [Group(match.start(), match.end()) for match in _GROUP.finditer(text)]
    index = 0
    while index < len(groups):
        spans, used = find_number(text, _run(text, groups, index))
        yield from spans
        index += max(used, 1)


def _run(text: str, groups: list[Group], first: int) -> list[Group]:
    """The groups from `first` on that only joints (spaces, dashes, dots, brackets) keep apart."""
    run = [groups[first]]
    for group in groups[first + 1 : first + MAX_GROUPS]:
        gap = text[run[-1].end : group.start]
        if len(gap) > 3 or not _JOINT.match(gap):
            break
        run.append(group)
    return run
