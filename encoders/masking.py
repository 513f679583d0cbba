"""Personal data in a message, found and replaced by placeholders, in time linear in its length.

Each kind has rules of its own (`encoders/personal_data`) and sees placeholders where an earlier one found something.
They go round until nothing more is found, so that masking twice changes nothing.
"""

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from encoders.characters import strip_invisible
from encoders.personal_data.addresses import find_addresses
from encoders.personal_data.birth_dates import find_birth_dates
from encoders.personal_data.emails import find_emails
from encoders.personal_data.ibans import find_ibans
from encoders.personal_data.identities import find_identities
from encoders.personal_data.names import find_names
from encoders.personal_data.numbers import find_numbers
from encoders.personal_data.secrets import find_secrets
from encoders.personal_data.spans import Span

Finder = Callable[[str], Iterable[Span]]
_WITH_DIGITS: Sequence[Finder] = (
    find_ibans,
    find_birth_dates,
    find_secrets,
    find_identities,
    find_numbers,
    find_addresses,
)
_DECIMAL = re.compile(r"\d")
_MOST_ROUNDS = 8
"""One round finds all but what another find uncovers; the second confirms it. More only happen in made-up text."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A text without its personal data, and how many of each kind were found (`card`, `account`, ...)."""

    text: str
    found: Mapping[str, int]


def mask_personal_data(text: str) -> Masked:
    """Replace cards, accounts, IBANs, phone numbers, e-mail addresses, ... by `[CARD]`, `[ACCOUNT]`, ...

    Amounts, dates and times stay. Invisible characters are dropped first, since they can hide a number. Idempotent.
    """
    visible = strip_invisible(text)
    spans = find_personal_data(visible)
    found = Counter(span.kind for span in spans)
    return Masked(_replaced(visible, spans), MappingProxyType(dict(found)))


def find_personal_data(text: str) -> tuple[Span, ...]:
    """Where personal data stands in a text without invisible characters, in order; no two places overlap."""
    spans: tuple[Span, ...] = ()
    for _ in range(_MOST_ROUNDS):
        before = spans
        for finder in _finders(text):
            spans = _with(text, spans, finder)
        if len(spans) == len(before):
            break
    return spans


def _finders(text: str) -> Sequence[Finder]:
    numeric = _WITH_DIGITS if _DECIMAL.search(text) else ()
    return (find_emails, *numeric, find_names)


def _with(text: str, spans: tuple[Span, ...], finder: Finder) -> tuple[Span, ...]:
    """What is known and what the finder sees between it."""
    new = list(finder(_replaced(text, spans)))
    if not new:
        return spans
    back = _Way.over(spans)
    placed = [Span(span.kind, back.to(span.start), back.to(span.end)) for span in new]
    apart = [old for old in spans if not any(old.start < span.end and span.start < old.end for span in placed)]
    return tuple(sorted([*apart, *placed], key=lambda span: span.start))


def _replaced(text: str, spans: Sequence[Span]) -> str:
    parts, position = [], 0
    for span in spans:
        parts += [text[position : span.start], _placeholder(span)]
        position = span.end
    return "".join([*parts, text[position:]])


def _placeholder(span: Span) -> str:
    return f"[{span.kind.upper()}]"


@dataclass(frozen=True, slots=True)
class _Way:
    """From places in the text with placeholders to places in the text itself."""

    ends: tuple[int, ...]
    shifts: tuple[int, ...]

    @classmethod
    def over(cls, spans: Sequence[Span]) -> "_Way":
        ends, shifts, shift = [], [], 0
        for span in spans:
            shift += (span.end - span.start) - len(_placeholder(span))
            ends.append(span.end - shift)
            shifts.append(shift)
        return cls(tuple(ends), tuple(shifts))

    def to(self, place: int) -> int:
        before = bisect_right(self.ends, place)
        return place + (self.shifts[before - 1] if before else 0)
