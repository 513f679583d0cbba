"""A small bank's messages, and an encoder that needs no weights."""

import hashlib
from collections.abc import Sequence
from random import Random

import numpy as np
from numpy.typing import NDArray

from encoders.progress import Progress
from encoders.training import Example

WORDS = {
    "lost_card": "lost stolen card missing wallet purse gone find plastic dropped bus",
    "top_up": "top up failed balance credit add money load funds reverted apple",
    "exchange": "exchange rate currency euro dollar abroad convert foreign travel wrong",
    "address": "address moved house change postcode home letter flat street update",
}
FILLER = ["please", "my", "the", "help", "hello", "when", "why", "is", "not", "with", "today", "again", "still", "what"]


class WordEncoder:
    """Adds up a fixed random direction for each word: close texts share words."""

    name, dimension, fingerprint = "words", 32, "words-1"

    def encode(
        self, texts: Sequence[str], batch_size: int = 64, progress: Progress | None = None
    ) -> NDArray[np.float32]:
        rows = np.array([sum((_direction(word) for word in text.split()), np.full(32, 1e-3)) for text in texts])
        if progress:
            progress(len(texts), len(texts), "encode")
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32).reshape(-1, 32)


def _direction(word: str) -> NDArray[np.float64]:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
    return np.random.default_rng(seed).normal(size=32)


def make_examples(each: int, seed: int = 0) -> list[Example]:
    """`each` messages of every type, some words their own and some shared."""
    random = Random(seed)
    return [
        Example(" ".join(random.sample(words.split(), 3) + random.sample(FILLER, 4)), issue_type)
        for issue_type, words in WORDS.items()
        for _ in range(each)
    ]
