"""Weighted counts of words and of character runs: a transform that is stored as plain lists and numbers.

Equal to scikit-learn's `TfidfVectorizer(sublinear_tf=True)` with the same n-grams; a test holds the two together.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

_WORD = re.compile(r"\w\w+")
_WORD_RANGE = (1, 2)
_CHARACTER_RANGE = (2, 5)
_ORDINARY = 32
"""Characters of a padded word up to which the places of its runs are remembered."""
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
        return weigh(_matrix([self._known(counted(text)) for text in texts], len(self.vocabulary)), self.idf)

    def _known(self, counted: "Counted") -> dict[int, int]:
        column_of = self.vocabulary.get
        pairs = ((column_of(term), count) for term, count in counted.counts[self.unit].items())
        return {column: count for column, count in pairs if column is not None}


class TermSums:
    """For one text the sum of `rows` (all terms, width), one unit after the other, each by its weight in the text.

    Terms are looked up by their hashes in one sorted table: a dictionary of many thousand strings lies all over the
    memory, and to wait for it takes longer than all else that is done with the words.
    """

    def __init__(self, terms: Sequence[TermWeights], rows: NDArray[np.float32]) -> None:
        hashes = [_hashes(weights.unit, weights.vocabulary) for weights in terms]
        # One more than there is, so that every search ends within the table.
        table = np.concatenate([*hashes, np.array([np.iinfo(np.int64).max])])
        order = np.argsort(table, kind="stable")
        self._hashes = table[order]
        self._idf = np.concatenate([*(weights.idf for weights in terms), np.zeros(1)])[order]
        self._columns = np.where(order == len(table) - 1, 0, order)
        self._rows = rows

    def of(self, text: "Counted", share: float) -> NDArray[np.float32]:
        """(width,): a unit's weights are made of length `share` together."""
        if not len(self._rows):
            return np.zeros(self._rows.shape[1], dtype=np.float32)
        at = np.searchsorted(self._hashes, text.hashes)
        known = self._hashes[at] == text.hashes
        weights = text.grown * self._idf[at] * known
        for unit in (slice(text.words), slice(text.words, None)):
            squared = float(weights[unit] @ weights[unit])
            weights[unit] *= share / np.sqrt(squared) if squared else 0.0
        found = weights.astype(np.float32) @ self._rows.take(self._columns[at] * known, axis=0)
        return np.asarray(found, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class TermCounts:
    """How often each term occurs in each of n messages: `counts` (n, n_terms), `terms` in the order of its columns."""

    unit: Unit
    terms: Sequence[str]
    counts: sparse.csr_matrix

    def rows(self, chosen: NDArray[np.int64]) -> "TermCounts":
        """Only these messages."""
        return TermCounts(self.unit, self.terms, self.counts[chosen])


def count_terms(unit: Unit, texts: Sequence[str]) -> TermCounts:
    """Every term of the texts, in sorted order."""
    number_of: dict[str, int] = {}
    rows = [
        {number_of.setdefault(term, len(number_of)): n for term, n in Counter(TERMS[unit](text.lower())).items()}
        for text in texts
    ]
    terms = sorted(number_of)
    order = np.array([number_of[term] for term in terms], dtype=np.int64)
    return TermCounts(unit, terms, _matrix(rows, len(terms))[:, order])


def fit_term_weights(counted: TermCounts) -> tuple[TermWeights, sparse.csr_matrix]:
    """The terms that enough messages hold, with smoothed inverse document frequencies, and the weighted messages."""
    n, messages = counted.counts.shape[0], counted.counts.getnnz(axis=0)
    kept = np.flatnonzero(messages >= MINIMUM_MESSAGES)
    idf = 1.0 + np.log((1 + n) / (1 + messages[kept].astype(np.float64)))
    vocabulary = {counted.terms[int(term)]: column for column, term in enumerate(kept)}
    return TermWeights(counted.unit, vocabulary, idf), weigh(counted.counts[:, kept], idf)


def weigh(counts: sparse.csr_matrix, idf: NDArray[np.float64]) -> sparse.csr_matrix:
    """(1 + log count) * idf, each row then made of length 1."""
    weighted = counts.astype(np.float64)
    weighted.data = (1.0 + np.log(weighted.data)) * idf[weighted.indices]
    row_of = np.repeat(np.arange(weighted.shape[0]), np.diff(weighted.indptr))
    lengths = np.sqrt(np.bincount(row_of, weights=np.square(weighted.data), minlength=weighted.shape[0]))
    weighted.data /= lengths[row_of]
    return weighted


def _matrix(rows: Sequence[Mapping[int, int]], columns: int) -> sparse.csr_matrix:
    indptr = np.cumsum([0, *(len(row) for row in rows)])
    indices = np.fromiter((column for row in rows for column in row), dtype=np.int64, count=indptr[-1])
    values = np.fromiter((n for row in rows for n in row.values()), dtype=np.float64, count=indptr[-1])
    matrix = sparse.csr_matrix((values, indices, indptr), shape=(len(rows), columns))
    matrix.sort_indices()
    return matrix


def _words(text: str) -> Iterator[str]:
    words = _WORD.findall(text)
    for size in range(_WORD_RANGE[0], _WORD_RANGE[1] + 1):
        yield from (" ".join(words[at : at + size]) for at in range(len(words) - size + 1))


def _characters(text: str) -> Iterable[str]:
    """Runs within a word padded by a space each side, as `analyzer="char_wb"` has them."""
    runs: list[str] = []
    for word in text.split():
        padded = f" {word} "
        length = len(padded)
        runs.extend(map(padded.__getitem__, _runs_of(length) if length <= _ORDINARY else _all_runs(length)))
    return runs


@lru_cache(maxsize=_ORDINARY)
def _runs_of(length: int) -> Sequence[slice]:
    return tuple(_all_runs(length))


def _all_runs(length: int) -> Iterator[slice]:
    """Where the runs of a padded word lie; a word that is shorter than the longest of them ends with itself."""
    for size in range(_CHARACTER_RANGE[0], min(_CHARACTER_RANGE[1], length) + 1):
        yield from (slice(at, at + size) for at in range(length - size + 1))


TERMS: Mapping[Unit, Callable[[str], Iterable[str]]] = {Unit.WORDS: _words, Unit.CHARACTERS: _characters}


@dataclass(frozen=True, slots=True)
class Counted:
    """How often each term of each unit occurs in one text, whichever vocabulary knows it.

    Of all terms, first the `words` of them that are words: their `hashes`, and 1 + the logarithm of how often: `grown`.
    """

    counts: Mapping[Unit, Mapping[str, int]]
    words: int
    hashes: NDArray[np.int64]
    grown: NDArray[np.float64]


def counted(text: str) -> Counted:
    """Counted once, for all who weigh terms by vocabularies of their own."""
    lowered = text.lower()
    counts = {unit: Counter(terms_of(lowered)) for unit, terms_of in TERMS.items()}
    words, runs = counts[Unit.WORDS], counts[Unit.CHARACTERS]
    hashes = np.concatenate([_hashes(unit, terms) for unit, terms in counts.items()])
    times = np.fromiter(chain(words.values(), runs.values()), np.float64, len(hashes))
    return Counted(counts, len(words), hashes, 1.0 + np.log(times))


def _hashes(unit: Unit, terms: Collection[str]) -> NDArray[np.int64]:
    """(n,): Python's own, which it keeps with the strings, differ by process and cannot be guessed by who writes."""
    found = np.fromiter(map(hash, terms), np.int64, len(terms))
    return found if unit is Unit.WORDS else ~found
