"""Embeddings of a data set's messages, kept in a file between runs, for encoding takes longer than what is measured."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import load_encoder


def embeddings_of(texts: Sequence[str], kept: Path | None) -> NDArray[np.float32]:
    """(n, d) float32 of prepared texts by the default encoder; from `kept` when it is there, else written to it."""
    if kept is not None and kept.exists():
        found: NDArray[np.float32] = np.load(kept, allow_pickle=False)
        if len(found) != len(texts):
            raise SystemExit(f"{kept} holds {len(found)} embeddings for {len(texts)} messages; remove it")
        return found
    embeddings = load_encoder().encode(texts)
    if kept is not None:
        np.save(kept, embeddings)
    return embeddings
