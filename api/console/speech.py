"""Which language the console speaks to whoever asks, and its words for a sentence.

Marked sentences are English: `_`, `ngettext` and `pgettext` say them in the language of this request, `marked` only
marks one that is said later. Placeholders are `{names}`, filled in by `str.format` after the sentence was said.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from api.console.languages.catalogue import ENGLISH, Language, languages

_SPOKEN: ContextVar[Language] = ContextVar("console_language", default=ENGLISH)
LONGEST_ASKED = 500


def _(sentence: str) -> str:
    """A sentence in the language of this request."""
    return _SPOKEN.get().words.gettext(sentence)


def ngettext(one: str, many: str, count: int) -> str:
    """The form of a sentence that goes with a count."""
    return _SPOKEN.get().words.ngettext(one, many, count)


def pgettext(context: str, sentence: str) -> str:
    """A sentence or word that says different things in different places."""
    return _SPOKEN.get().words.pgettext(context, sentence)


def npgettext(context: str, one: str, many: str, count: int) -> str:
    """The form that goes with a count, of what says different things in different places."""
    return _SPOKEN.get().words.npgettext(context, one, many, count)


def marked(sentence: str) -> str:
    """The sentence itself: whoever shows it says it with `_`."""
    return sentence


def language() -> Language:
    """The language of this request."""
    return _SPOKEN.get()


@contextmanager
def spoken(wanted: Language) -> Iterator[None]:
    """Speak a language until the end of the block."""
    token = _SPOKEN.set(wanted)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def wanted(page: str, chosen: str, accepted: str) -> Language:
    """The language of the page that asks for a part of itself, else the chosen one, else the browser's, else English.

    `accepted` is an Accept-Language header.
    """
    for code in (page, chosen, *_preferred(accepted)):
        if code in languages():
            return languages()[code]
    return ENGLISH


def _preferred(accepted: str) -> list[str]:
    """Primary subtags of an Accept-Language header, the most wanted first; those with a weight of 0 are left out."""
    weighed = []
    for each in accepted[:LONGEST_ASKED].split(","):
        tag, _semicolon, weight = each.partition(";")
        weighed.append((_weight(weight), tag.strip().partition("-")[0].lower()))
    return [tag for weight, tag in sorted(weighed, key=lambda pair: -pair[0]) if weight > 0]


def _weight(text: str) -> float:
    """`q=0.7` as 0.7; 1 without a weight, 0 where nobody can read it."""
    try:
        return float(text.strip().removeprefix("q=")) if text.strip() else 1.0
    except ValueError:
        return 0.0
