"""The lessons' embeddings, made once an encoder and kept in the cache."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from encoders.cache import made_once
from encoders.encoder import Encoder, SentenceEncoder

_FILE = "lessons.safetensors"


def embeddings_of(texts: Sequence[str], encoder: Encoder) -> NDArray[np.float32]:
    """(n, d) float32. Only those of encoders that come back are kept: one that was tuned is another every time."""
    if not isinstance(encoder, SentenceEncoder):
        return encoder.encode(texts)
    from safetensors.numpy import load

    digest = sha256("\0".join(texts).encode()).hexdigest()[:12]
    name = f"vigilance-{encoder.fingerprint[:12]}-{encoder.path}-{digest}"
    try:
        kept = (made_once(name, lambda folder: _write(folder, encoder.encode(texts))) / _FILE).read_bytes()
        found: NDArray[Any] = load(kept)["embeddings"]
    except (OSError, KeyError):
        return encoder.encode(texts)
    return found if found.shape == (len(texts), encoder.dimension) else encoder.encode(texts)


def _write(folder: Path, embeddings: NDArray[np.float32]) -> None:
    from safetensors.numpy import save_file

    save_file({"embeddings": np.ascontiguousarray(embeddings)}, folder / _FILE)
