"""The peer in speed: sentence-transformers in so many threads, one plain pass for the vectors and the lower layers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from encoders.encoder import SentenceEncoder
from encoders.onnx_export import depths_of
from encoders.progress import Progress


class PeerEncoder:
    """The network that sentence-transformers loaded, asked as it asks it: longest first, 64 texts at once, padded."""

    def __init__(self, encoder: SentenceEncoder, threads: int) -> None:
        """`threads`: torch's, within a pass."""
        self.name, self.dimension, self.fingerprint = encoder.name, encoder.dimension, encoder.fingerprint
        self._model, self._threads = encoder.copy_of_model(), threads

    def encode(
        self, texts: Sequence[str], batch_size: int = 64, progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """The vectors alone."""
        vectors = self.encode_depths(texts, batch_size)[:, : self.dimension]
        if progress:
            progress(len(texts), len(texts), "encode")
        return vectors

    def encode_depths(self, texts: Sequence[str], batch_size: int = 64) -> NDArray[np.float32]:
        """(n, dimension and more), as `encoders.encoder.encode_depths` has it."""
        import torch

        torch.set_num_threads(self._threads)
        order = sorted(range(len(texts)), key=lambda at: -len(texts[at]))
        starts = range(0, len(order), batch_size)
        with torch.inference_mode():
            rows = [self._pass([texts[at] for at in order[start : start + batch_size]]) for start in starts]
        result = np.empty((len(texts), rows[0].shape[1]), dtype=np.float32)
        result[order] = np.concatenate(rows)
        return result

    def _pass(self, texts: list[str]) -> NDArray[np.float32]:
        import torch

        model = self._model
        longest = model.max_seq_length
        given = model.tokenizer(texts, padding=True, truncation=True, max_length=longest, return_tensors="pt")
        column = given["attention_mask"][:, :, None]
        found = model[0].auto_model(**given, output_hidden_states=True)
        layers = [found.last_hidden_state, *(found.hidden_states[at] for at in depths_of(len(found.hidden_states) - 1))]
        means = [(rows * column).sum(dim=1) for rows in layers]
        return np.hstack([torch.nn.functional.normalize(mean, dim=1).numpy() for mean in means])
