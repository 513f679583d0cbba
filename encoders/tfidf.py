"""Weighted counts of words and of character runs: a transform that is stored as plain lists and numbers.

Equal to scikit-learn's `TfidfVectorizer(sublinear_tf=True)` with the same n-grams; a test holds the two together.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

_WORD = re.compile(r"\w\w+")
_WORD_RANGE = (1, 2)
_CHARACTER_RANGE = (2, 5)
MINIMUM_MESSAGES = 2
"""A term must occur in this many messages: a name that one customer wrote never enters the vocabulary."""


class Unit(StrEnum):
    """What is counted."""

    WORDS = "words"
    CHARACTERS = "characters"


@dataclass(frozen=True, slots=True)
class TermWeights:
    """Vocabulary and inverse document frequency of one unit; `idf`: (n_terms,) float64."""

    unit: Unit
    vocabulary: Mapping[str, int]
    idf: NDArray[np.float64]

    def transform(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """(n, n_terms) float64, rows of length 1 (or 0 where no term is known)."""
        terms_of = TERMS[self.unit]
        rows = [self._row(Counter(terms_of(text.lower()))) for text in texts]
        indptr = np.cumsum([0, *(len(indices) for indices, _ in rows)])
        indices = np.concatenate([np.zeros(0, np.int64), *(indices for indices, _ in rows)])
        values = np.concatenate([np.zeros(0), *(values for _, values in rows)])
        return sparse.csr_matrix((values, indices, indptr), shape=(len(texts), len(self.vocabulary)))

    def _row(self, counts: Mapping[str, int]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        known = sorted((self.vocabulary[term], count) for term, count in counts.items() if term in self.vocabulary)
        indices = np.array([index for index, _ in known], dtype=np.int64)
        values = (1.0 + np.log(np.array([count for _, count in known], dtype=np.float64))) * self.idf[indices]
        length = float(np.linalg.norm(values))
        return indices, values / length if length else values


def fit_term_weights(unit: Unit, texts: Sequence[str]) -> TermWeights:
    """Vocabulary in sorted order, and smoothed inverse document frequencies."""
    messages: Counter[str] = Counter()
    for text in texts:
        messages.update(set(TERMS[unit](text.lower())))
    terms = sorted(term for term, count in messages.items() if count >= MINIMUM_MESSAGES)
    idf = [1.0 + log((1 + len(texts)) / (1 + messages[term])) for term in terms]
    return TermWeights(unit, {term: index for index, term in enumerate(terms)}, np.array(idf, dtype=np.float64))


def _words(text: str) -> Iterator[str]:
    words = _WORD.findall(text)
    for size in range(_WORD_RANGE[0], _WORD_RANGE[1] + 1):
        yield from (" ".join(words[at : at + size]) for at in range(len(words) - size + 1))


def _characters(text: str) -> Iterator[str]:
    """Runs within a word padded by a space each side, as `analyzer="char_wb"` has them."""
    for word in text.split():
        padded = f" {word} "
        for size in range(_CHARACTER_RANGE[0], _CHARACTER_RANGE[1] + 1):
            yield from (padded[at : at + size] for at in range(max(1, len(padded) - size + 1)))
            if size >= len(padded):
                break


TERMS: Mapping[Unit, Callable[[str], Iterable[str]]] = {Unit.WORDS: _words, Unit.CHARACTERS: _characters}
