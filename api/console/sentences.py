"""What the service says, in the reader's language: its sentences are found by their form, and said anew."""

import re
from collections.abc import Sequence
from functools import cache

from api.console import numerals
from api.console.forms import DRIFT, LIMITS, NOTES, REFUSALS, UNPRICED
from api.console.speech import _, language

LONGEST = 2_000
"""A longer text is nobody's sentence of ours."""
PARTS = frozenset({"kind", "state", "step", "wanted", "subject", "what", "flaw"})
"""Placeholders that hold the service's own words, which are said in the reader's language too."""
ALLOWED = frozenset({"allowed"})
NAMES = frozenset({"id", "key", "name", "names", "other", "topic", "value", "version", "why"})
LIMIT = frozenset({"low", "high", "least", "most"})
"""Placeholders whose dots stay: what people named, and numbers that a form takes as they are written."""

_DECIMAL = re.compile(r"-?\d{1,9}\.\d{1,6}")
_NAMED = re.compile(r"\\\{(\w+)\\\}")


def refusal(error: Exception | str) -> str:
    """What the service says of an error; a sentence that is not known here stays as it is."""
    return "\n".join(anew(line, REFUSALS) for line in str(error).split("\n"))


def not_done(why: Exception | str) -> str:
    """That a step was refused, and why."""
    return _("Not done: {why}.").format(why=refusal(why))


def anew(text: str, forms: Sequence[str]) -> str:
    """A sentence of one of these forms in the reader's language, with what stood in its places."""
    if language().code == "en" or len(text) > LONGEST:
        return text
    for form in forms:
        found = _pattern(form).fullmatch(text)
        if found is not None:
            return _(form).format(**{name: _part(name, said) for name, said in found.groupdict().items()})
    return text


def _part(name: str, said: str) -> str:
    if name in PARTS:
        return _(said)
    if name in ALLOWED:
        return anew(said, LIMITS)
    if name in NAMES | LIMIT or not _DECIMAL.fullmatch(said):
        return said
    return numerals.number(float(said), f".{len(said.partition('.')[2])}f")


@cache
def _pattern(form: str) -> re.Pattern[str]:
    return re.compile(_NAMED.sub(r"(?P<\1>.+?)", re.escape(form)), re.DOTALL)


def note(text: str) -> str:
    """What stands beside a term of a COp's account."""
    return anew(text, NOTES)


def unpriced(why: str) -> str:
    """Why a round of matching had no prices."""
    return anew(why, UNPRICED)


def drifted(detail: str) -> str:
    """What a check of drift measured."""
    return anew(detail, DRIFT)
