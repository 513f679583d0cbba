"""Doubts about training data that do not stop training: copies, conflicts, leakage, too few examples, no signal."""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.text import duplicate_key
from encoders.training.curves import wilson
from encoders.training.examples import Example

_PLACES = 5
_FEW = 5
_FLOOD = 20
"""This many messages that differ in numbers and punctuation only are no longer chance."""
_NOT_WORDS = re.compile(r"[\W\d_]+")


@dataclass(frozen=True, slots=True)
class Placed:
    """An example and where it was read."""

    file: str
    line: int
    example: Example

    def __str__(self) -> str:
        """The place and the label: a warning is logged, so the message itself is not repeated."""
        return f"{self.file}:{self.line} {self.example.issue_type}"


def doubts(found: Sequence[Placed]) -> tuple[str, ...]:
    """Warnings about rows that are used all the same, each with a count and the first few places."""
    copies = _groups(found, duplicate_key)
    return (*_conflicts(copies), *_duplicates(copies), *_floods(found))


def few_examples(examples: Sequence[Example]) -> tuple[str, ...]:
    """Issue types with fewer than five examples: nothing measured on them means much."""
    counts = Counter(example.issue_type for example in examples)
    few = sorted((count, name) for name, count in counts.items() if count < _FEW)
    if not few:
        return ()
    named = ", ".join(f"{name} ({count})" for count, name in few[:_PLACES])
    return (f"{_many(len(few), 'issue type has', 'issue types have')} fewer than {_FEW} examples: {named}{_more(few)}",)


def leaked(taught: Sequence[Example], held_out: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Training messages that the pack holds out: its own measurements would be too good."""
    kept_apart = {duplicate_key(text) for text, _ in held_out}
    count = sum(duplicate_key(example.text) in kept_apart for example in taught)
    if not count:
        return ()
    what = _many(count, "training message is", "training messages are")
    return (f"{what} also held out in the pack; measured on those, the model looks better than it is",)


def no_signal(right: int, rows: int, labels: Sequence[str]) -> tuple[str, ...]:
    """Whether held-out accuracy is no better than always answering the commonest of the `labels` taught."""
    if not rows or not labels:
        return ()
    majority = Counter(labels).most_common(1)[0][1] / len(labels)
    if wilson(right, rows)[0] > majority:
        return ()
    return (
        f"labels carry no signal: held-out accuracy {right / rows:.1%}, "
        f"and always answering the commonest type gets {majority:.1%}",
    )


def message_hashes(texts: Sequence[str], key: str) -> NDArray[np.uint64]:
    """(n,) uint64 keyed hashes by which a model knows its training messages again without holding them.

    Copies of a message (case, spacing and invisible characters aside) share one. `key`: the digest of the examples, so
    that two models' hashes cannot be matched. Whoever has a model can still test whether a guess was in it.
    """
    secret = hashlib.sha256(key.encode()).digest()
    digests = (
        hashlib.blake2b(duplicate_key(text).encode("utf-8", "surrogatepass"), digest_size=8, key=secret).digest()
        for text in texts
    )
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _groups(found: Sequence[Placed], key_of: Callable[[str], str]) -> Mapping[str, list[Placed]]:
    groups: dict[str, list[Placed]] = defaultdict(list)
    for item in found:
        groups[key_of(item.example.text)].append(item)
    return groups


def _conflicts(copies: Mapping[str, list[Placed]]) -> Iterator[str]:
    conflicting = [items for items in copies.values() if len(_labels(items)) > 1]
    if not conflicting:
        return
    places = "; ".join(", ".join(map(str, items[:_PLACES])) for items in conflicting[:_PLACES])
    what = _many(len(conflicting), "message carries several labels", "messages carry several labels")
    yield f"{what} (every copy is used as it is labelled): {places}{_more(conflicting)}"


def _duplicates(copies: Mapping[str, list[Placed]]) -> Iterator[str]:
    repeated = [items for items in copies.values() if len(items) > 1 and len(_labels(items)) == 1]
    if not repeated:
        return
    extra = sum(len(items) - 1 for items in repeated)
    across = sum(len({item.file for item in items}) > 1 for items in repeated)
    places = "; ".join(", ".join(f"{item.file}:{item.line}" for item in items[:2]) for items in repeated[:_PLACES])
    what = _many(extra, "row repeats a message", "rows repeat a message")
    shared = f", {across} of them in more than one file" if across else ""
    yield f"{what} that is there already{shared} (copies stay in one fold): {places}{_more(repeated)}"


def _floods(found: Sequence[Placed]) -> Iterator[str]:
    """Messages of a machine or a template: alike but for numbers and punctuation, and many."""
    for key, items in _groups(found, _words).items():
        distinct = len({duplicate_key(item.example.text) for item in items})
        if key and distinct >= _FLOOD:
            what = f"{distinct} messages differ in numbers or punctuation only"
            yield f"{what}, and weigh as that many: {', '.join(map(str, items[:_PLACES]))}{_more(items)}"


def _words(text: str) -> str:
    return _NOT_WORDS.sub(" ", duplicate_key(text)).strip()


def _labels(items: Sequence[Placed]) -> set[str]:
    return {item.example.issue_type for item in items}


def _many(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _more(items: Sequence[object]) -> str:
    return f" and {len(items) - _PLACES} more" if len(items) > _PLACES else ""
