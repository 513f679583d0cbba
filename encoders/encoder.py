"""The sentence encoder: texts to unit vectors."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import copy, deepcopy
from functools import cache, lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from encoders.errors import EncoderUnavailable
from encoders.fast_forward import PROBES, FastForward, Precision, fast_forward, quick_forward
from encoders.onnx_export import NotExportable, depths_of
from encoders.packaged_weights import folder_of
from encoders.progress import Progress

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
_CHUNK = 256
_CHUNKS_A_THREAD = 4
"""So many that no thread waits long for another, and so few that texts of one length stay together."""
_WORTH_A_THREAD = 300
"""Characters of all texts together: to encode fewer takes about as long as to start threads."""


class Encoder(Protocol):
    """What the classifier needs of an encoder."""

    @property
    def name(self) -> str:
        """How to load it again."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    @property
    def fingerprint(self) -> str:
        """Changes when the weights or the vocabulary change."""
        ...

    def encode(
        self, texts: Sequence[str], batch_size: int = 64, progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """(n, dimension) float32, rows of length 1."""
        ...


# What an encoder may have beside is asked by its name: to check a protocol takes longer than to read a short message.


def quick_path(encoder: Encoder) -> Encoder | None:
    """The coarse path of an encoder that has one: less exact vectors sooner, never to be kept."""
    quick: Encoder | None = getattr(encoder, "quick", None)
    return quick


def encode_depths(encoder: Encoder, texts: Sequence[str], batch_size: int = 64) -> NDArray[np.float32]:
    """All that an encoder tells of texts: (n, dimension and more) float32.

    Of one that has `encode_depths`, beside its vectors, what its lower layers make of a text: nearer to the words than
    to the meaning.
    """
    encode = getattr(encoder, "encode_depths", encoder.encode)
    depths: NDArray[np.float32] = encode(texts, batch_size)
    return depths


class SentenceEncoder:
    """A sentence-transformers model on the processor, by path or by name; some names are installed packages."""

    def __init__(
        self, name_or_path: str = DEFAULT_ENCODER, threads: int = 1, precision: Precision | str = Precision.AUTO
    ) -> None:
        """`threads`: how many batches may be encoded side by side. Raises `EncoderUnavailable`.

        `precision`: `reference` computes with sentence-transformers, `fast` with ONNX Runtime, `auto` with the latter
        where it gives the vectors of the former.
        """
        self.name = name_or_path
        self._threads = threads
        self._model = _load(name_or_path)
        self.dimension = int(self._model.get_embedding_dimension())
        self.fingerprint = _fingerprint(self._model)
        self._precision = Precision(precision)
        self._make_fast()

    @property
    def path(self) -> Precision:
        """What computes the vectors: `fast` or `reference`."""
        return Precision.REFERENCE if self._fast is None else Precision.FAST

    def _make_fast(self) -> None:
        """Also settles the tokeniser: it takes its settings on first use, and not from two threads at once."""
        self._fast: FastForward | None = None
        reference = self._encode(list(PROBES), len(PROBES))
        try:
            self._fast = fast_forward(self._model, self._precision, reference)
        except NotExportable as error:
            raise EncoderUnavailable(self.name, str(error)) from error
        model, fast = self._model, self._fast
        # Made when first asked for, once for all copies that share the weights.
        self._quick = cache(lambda: fast and quick_forward(model, fast))

    @property
    def quick(self) -> "SentenceEncoder | None":
        """The same encoder in eight bits; None for networks that it is not written for, and on the reference path."""
        made = self._quick()
        if made is None:
            return None
        other = copy(self)
        other._fast, other._quick = made, cache(lambda: None)
        return other

    def with_threads(self, threads: int) -> "SentenceEncoder":
        """The same model, sharing its weights, that uses this many threads."""
        other = copy(self)
        other._threads = threads
        return other

    def copy_of_model(self) -> Any:
        """A sentence-transformers model of one's own, to change at will."""
        return deepcopy(self._model)

    def with_weights(self, changed: Mapping[str, NDArray[np.float16]]) -> "SentenceEncoder":
        """The same encoder with these parameters in place of its own; raises KeyError or ValueError for strangers."""
        import torch

        other = copy(self)
        other._model = self.copy_of_model()
        parameters = dict(other._model.named_parameters())
        with torch.no_grad():
            for name, weight in changed.items():
                if parameters[name].shape != weight.shape:
                    raise ValueError(
                        f"{name} has shape {weight.shape}, the encoder's is {tuple(parameters[name].shape)}"
                    )
                parameters[name].copy_(torch.from_numpy(weight.astype(np.float32)))
        other.fingerprint = _fingerprint(other._model)
        other._make_fast()
        return other

    def encode(
        self, texts: Sequence[str], batch_size: int = 64, progress: Progress | None = None
    ) -> NDArray[np.float32]:
        """(n, dimension) float32, rows of length 1, in the order of `texts`; equal texts are encoded once."""
        return self._each_once(texts, lambda chunk: self._encode(chunk, batch_size), progress)

    def encode_depths(self, texts: Sequence[str], batch_size: int = 64) -> NDArray[np.float32]:
        """(n, dimension * depths) float32: the vectors of `encode`, beside them the tokens' means after a third and
        two thirds of the layers, each of length 1; from one pass."""
        return self._each_once(texts, lambda chunk: self._encode_depths(chunk, batch_size), None)

    def _each_once(
        self, texts: Sequence[str], encode: Callable[[list[str]], Any], progress: Progress | None
    ) -> NDArray[np.float32]:
        if not len(texts):
            return np.zeros((0, self.dimension), dtype=np.float32)
        if len(texts) == 1 and progress is None:
            return np.asarray(encode(list(texts)), dtype=np.float32)
        unique = list(dict.fromkeys(texts))
        order = sorted(range(len(unique)), key=lambda index: -len(unique[index]))
        size = self._chunk_of(unique)
        chunks = [order[start : start + size] for start in range(0, len(order), size)]
        parts: list[NDArray[np.float32]] = []
        done = 0
        found = self._side_by_side([[unique[at] for at in chunk] for chunk in chunks], encode)
        for chunk, rows in zip(chunks, found, strict=True):
            parts.append(rows)
            done += len(chunk)
            if progress:
                progress(done, len(order), "encode")
        row_of = {unique[at]: row for row, at in enumerate(order)}
        return np.concatenate(parts)[[row_of[text] for text in texts]]

    def _chunk_of(self, texts: Sequence[str]) -> int:
        """How many texts go to a thread at once; so few are dealt out only where that is worth starting threads."""
        if self._threads == 1 or len(texts) > _CHUNK or sum(map(len, texts)) < _WORTH_A_THREAD:
            return _CHUNK
        return max(1, len(texts) // (_CHUNKS_A_THREAD * self._threads))

    def _side_by_side(self, chunks: Sequence[list[str]], encode: Callable[[list[str]], Any]) -> Iterator[Any]:
        if len(chunks) < 2 or self._threads < 2:
            yield from map(encode, chunks)
            return
        with ThreadPoolExecutor(min(self._threads, len(chunks))) as pool:
            yield from pool.map(encode, chunks)

    def _encode(self, texts: list[str], batch_size: int) -> Any:
        """In one thread: several to a batch wait for each other, badly so on a machine that does other work too."""
        if self._fast is not None:
            return self._fast.encode(texts, batch_size)
        _in_one_thread()
        return self._model.encode(texts, batch_size=batch_size, normalize_embeddings=True, show_progress_bar=False)

    def _encode_depths(self, texts: list[str], batch_size: int) -> NDArray[np.float32]:
        if self._fast is not None:
            return self._fast.encode_depths(texts, batch_size)
        _in_one_thread()
        starts = range(0, len(texts), batch_size)
        return np.concatenate([_depths(self._model, texts[at : at + batch_size]) for at in starts])


def _in_one_thread() -> None:
    import torch

    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)


def _depths(model: Any, texts: list[str]) -> NDArray[np.float32]:
    """As the graph gives them, for networks that no graph is written for, and in one pass like there."""
    import torch

    given = model.tokenizer(texts, padding=True, truncation=True, max_length=model.max_seq_length, return_tensors="pt")
    column = given["attention_mask"][:, :, None]
    with torch.inference_mode():
        found = model[0].auto_model(**given, output_hidden_states=True)
        features = {**given, "token_embeddings": found.last_hidden_state}
        for module in list(model)[1:]:
            features = module(features)
        lower = [found.hidden_states[layer] for layer in depths_of(len(found.hidden_states) - 1)]
        views = [features["sentence_embedding"], *((rows * column).sum(dim=1) for rows in lower)]
        return np.hstack([torch.nn.functional.normalize(view, dim=1).numpy() for view in views]).astype(np.float32)


def load_encoder(
    name_or_path: str = DEFAULT_ENCODER, threads: int = 1, precision: Precision | str = Precision.AUTO
) -> SentenceEncoder:
    """The encoder of this name, loaded once a process and shared from then on; raises `EncoderUnavailable`."""
    return _shared(name_or_path, Precision(precision)).with_threads(threads)


@lru_cache(maxsize=4)
def _shared(name_or_path: str, precision: Precision) -> SentenceEncoder:
    return SentenceEncoder(name_or_path, precision=precision)


def _load(name_or_path: str) -> Any:
    path = folder_of(name_or_path)
    try:
        with _quiet():
            from sentence_transformers import SentenceTransformer

            return SentenceTransformer(path or name_or_path, device="cpu", local_files_only=path is not None)
    except Exception as error:  # the libraries below raise many kinds; all mean the same here
        raise EncoderUnavailable(name_or_path, f"{type(error).__name__}: {error}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bar of the library's own while the weights load."""
    from transformers.utils import logging as transformers_logging

    logging: Any = transformers_logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _fingerprint(model: Any) -> str:
    import torch

    digest = hashlib.sha256(model.tokenizer.backend_tokenizer.to_str(pretty=False).encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
        digest.update(tensor.detach().contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:32]
