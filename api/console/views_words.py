"""A message in parts: what is masked, and which words speak for one issue type against another."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from api.console import wording
from api.console.names import issue_name
from api.console.speech import _
from routing.domain.attribution import Attribution, Weighed
from routing.domain.issue import Taxonomy
from routing.services.attributing import NEWEST_MESSAGES

_MASKED = re.compile(r"\[(" + "|".join(wording.MASKED) + r")\]")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a message. `kind`: "" for plain words, `masked`, `first` or `second`; `title` says it in words."""

    text: str
    kind: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class WordLine:
    """One telling word: which issue type it speaks for, and by how much that type falls without it."""

    word: str
    kind: str
    name: str
    amount: str


@dataclass(frozen=True, slots=True)
class WordsShown:
    """What makes an item unsure between two issue types; `lines` is empty where no word alone tells."""

    first: str
    second: str
    share: str
    lines: tuple[WordLine, ...]
    complete: bool
    model_version: str


def parts_of(text: str, messages: Sequence[str] = (), found: Attribution | None = None) -> tuple[Part, ...]:
    """A text with its masked and its telling words marked; `messages` are those that the text is made of, a line each.

    What somebody typed that looks like a placeholder is marked as one: it hides nothing.
    """
    marks = [(each.start(), each.end(), "masked", _(wording.MASKED[each[1]])) for each in _MASKED.finditer(text)]
    marks += [mark for mark in _telling(messages, found) if not any(_meet(mark, other) for other in marks)]
    return tuple(_cut(text, sorted(marks)))


Mark = tuple[int, int, str, str]


def _meet(one: Mark, other: Mark) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _telling(messages: Sequence[str], found: Attribution | None) -> Iterator[Mark]:
    if found is None:
        return
    starts = _starts(messages)[-NEWEST_MESSAGES:]
    for each in found.telling:
        start = starts[each.span.message]
        yield start + each.span.start, start + each.span.end, _kind(each), ""


def _starts(messages: Sequence[str]) -> list[int]:
    starts, at = [], 0
    for message in messages:
        starts.append(at)
        at += len(message) + 1
    return starts


def _cut(text: str, marks: Iterable[Mark]) -> Iterator[Part]:
    at = 0
    for start, end, kind, title in marks:
        if start > at:
            yield Part(text[at:start])
        if start < len(text):
            yield Part(text[start:end], kind, title)
        at = max(at, end)
    if at < len(text):
        yield Part(text[at:])


def _kind(each: Weighed) -> str:
    return "first" if each.weight > 0 else "second"


def words_shown(found: Attribution, messages: Sequence[str], taxonomy: Taxonomy) -> WordsShown:
    """The telling words, the strongest first."""
    names = {"first": issue_name(taxonomy, found.first), "second": issue_name(taxonomy, found.second)}
    read = messages[-NEWEST_MESSAGES:]
    ranked = sorted(found.telling, key=lambda each: -abs(each.weight))
    return WordsShown(
        first=names["first"],
        second=names["second"],
        share=wording.percent(found.share),
        lines=tuple(
            WordLine(
                read[each.span.message][each.span.start : each.span.end],
                _kind(each),
                names[_kind(each)],
                wording.points(abs(each.weight)),
            )
            for each in ranked
        ),
        complete=found.complete,
        model_version=found.model_version,
    )
