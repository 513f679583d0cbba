"""Weighted counts of words and of character runs: a transform that is stored as plain lists and numbers.

Equal to scikit-learn's `TfidfVectorizer(sublinear_tf=True)` with the same n-grams; a test holds the two together.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import repeat

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
    _idf: NDArray[np.float64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """A nought at the end, for every term that is not known."""
        object.__setattr__(self, "_idf", np.append(self.idf, 0.0))

    def transform(self, texts: Sequence[str]) -> sparse.csr_matrix:
        """(n, n_terms) float64, rows of length 1 (or 0 where no term is known)."""
        return weigh(_matrix([self._known(counted(text)) for text in texts], len(self.vocabulary)), self.idf)

    def of_text(self, counted: "Counted", share: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """`share` times the same of one text, without the cost of a matrix: columns of its terms, and their weights.

        A term that is not known stands in column -1 with weight 0.
        """
        terms = counted[self.unit]
        columns = np.fromiter(map(self.vocabulary.get, terms.counts, repeat(-1)), np.int64, len(terms.counts))
        weights = terms.grown * self._idf[columns]
        squared = float(weights @ weights)
        return columns, weights * (share / np.sqrt(squared)) if squared else weights

    def _known(self, counted: "Counted") -> dict[int, int]:
        column_of = self.vocabulary.get
        pairs = ((column_of(term), count) for term, count in counted[self.unit].counts.items())
        return {column: count for column, count in pairs if column is not None}


def weighted_sum(
    terms: Sequence[TermWeights], counted: "Counted", share: float, rows: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Of one text: the sum of `rows` (all terms, width), one unit after the other, each by `share` times its weight."""
    columns, weights, first = [], [], 0
    for unit in terms:
        found, weighted = unit.of_text(counted, share)
        columns.append(found + first)
        weights.append(weighted)
        first += len(unit.vocabulary)
    if not first:
        return np.zeros(rows.shape[1], dtype=np.float32)
    found = np.concatenate(weights).astype(np.float32) @ rows.take(np.concatenate(columns), axis=0, mode="wrap")
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
class Terms:
    """How often each term occurs in one text, and 1 + the logarithm of that (n,), in the same order."""

    counts: Mapping[str, int]
    grown: NDArray[np.float64]


Counted = Mapping[Unit, Terms]
"""The terms of each unit in one text, whichever vocabulary knows them."""


def counted(text: str) -> Counted:
    """Counted once, for all who weigh terms by vocabularies of their own."""
    lowered = text.lower()
    return {unit: _counted(Counter(terms_of(lowered))) for unit, terms_of in TERMS.items()}


def _counted(counts: Mapping[str, int]) -> Terms:
    return Terms(counts, 1.0 + np.log(np.fromiter(counts.values(), np.float64, len(counts))))
