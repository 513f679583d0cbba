"""A labelled message, and folds that keep copies of one message together."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from encoders.text import duplicate_key


@dataclass(frozen=True, slots=True)
class Example:
    """A message and the issue type it is about."""

    text: str
    issue_type: str


def make_folds(examples: Sequence[Example], folds: int, seed: int) -> NDArray[np.int64]:
    """(n,) the fold of each example: types spread evenly, and equal messages (case and spacing aside) in one fold."""
    first_with: dict[str, int] = {}
    owner = [first_with.setdefault(duplicate_key(example.text), row) for row, example in enumerate(examples)]
    by_type: dict[str, list[int]] = {}
    for row in sorted(set(owner)):
        by_type.setdefault(examples[row].issue_type, []).append(row)
    generator, fold_of, dealt = np.random.default_rng(seed), {}, 0
    for _, rows in sorted(by_type.items()):
        for row in generator.permutation(rows):
            fold_of[int(row)] = dealt % folds
            dealt += 1
    return np.array([fold_of[row] for row in owner], dtype=np.int64)


def digest_of(examples: Sequence[Example]) -> str:
    """SHA-256 over the examples, whatever their order."""
    lines = sorted(f"{example.issue_type}\x1f{example.text}".encode("utf-8", "replace") for example in examples)
    return hashlib.sha256(b"\x1e".join(lines)).hexdigest()
