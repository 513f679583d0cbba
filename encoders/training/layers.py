"""Which layers of an encoder learn, and what the layers below them make of each message, asked once."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

_WORDS = ".embeddings."
_LAYER = re.compile(r"\.layer\.(\d+)\.")
_AT_ONCE = 32
_MOST_BYTES, _LETTERS = 1 << 30, 3
"""Of memory, some 40,000 short messages for a small encoder; a word, or part of one, has about this many letters."""


def tuned_names(names: Iterable[str], last: int) -> frozenset[str]:
    """Every parameter of the last layers; of a network that has none, all but those of words.

    Word vectors stay: they are most of the weights, and rare words would move on a handful of messages. What all layers
    share stays too.
    """
    given = list(names)
    layer_of = {name: int(found[1]) for name in given if (found := _LAYER.search(name))}
    if not layer_of:
        return frozenset(name for name in given if _WORDS not in name)
    first = max(layer_of.values()) + 1 - last
    return frozenset(name for name, layer in layer_of.items() if layer >= first)


def features_of(model: Any, texts: Sequence[str], device: str) -> dict[str, "torch.Tensor"]:
    """What a sentence-transformers model reads of texts: each (n, the longest's words), padded."""
    return {name: value.to(device) for name, value in model.preprocess(list(texts)).items() if hasattr(value, "to")}


class Below:
    """In a model, in the place of the layers that stay: what they made of each text, as they do when they serve."""

    def __init__(self, model: Any, texts: Sequence[str], last: int, device: str) -> None:
        """Puts itself into the sentence-transformers `model`, of which only the last layers then still work."""
        network = model[0].auto_model
        layers = network.encoder.layer
        stay = len(layers) - last
        self._rows, in_a_tuple = _asked(model, layers[stay - 1], texts, device)
        network.embeddings = self._given = _given()
        for number in range(stay):
            layers[number] = _passing(in_a_tuple)

    @classmethod
    def of(cls, model: Any, texts: Sequence[str], last: int, device: str) -> Self | None:
        """None for networks of another make, where no layer stays, and where too much would have to be kept."""
        try:
            network, tokenizer = model[0].auto_model, model.tokenizer
            fits = len(network.encoder.layer) > last and tokenizer.padding_side == "right"
            width = int(network.config.hidden_size)
        except (AttributeError, TypeError):
            return None
        words = sum(min(len(text) // _LETTERS + 2, model.max_seq_length) for text in texts)
        return cls(model, texts, last, device) if fits and words * width * 4 <= _MOST_BYTES else None

    def give(self, rows: NDArray[np.int64]) -> None:
        """Which texts the model is asked about next."""
        from torch.nn.utils.rnn import pad_sequence

        self._given.found = pad_sequence([self._rows[row] for row in rows], batch_first=True)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """(n,): how many words, or parts of words, the model reads of each text."""
        return np.array([len(row) for row in self._rows])


def _asked(model: Any, layer: Any, texts: Sequence[str], device: str) -> tuple[list["torch.Tensor"], bool]:
    """What `layer` gives for each text, (words, width), and whether it gives it in a tuple."""
    import torch

    hook = layer.register_forward_hook(_stop)
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    rows: dict[int, torch.Tensor] = {}
    model.eval()
    with torch.no_grad():
        for start in range(0, len(order), _AT_ONCE):
            some = order[start : start + _AT_ONCE]
            features = features_of(model, [texts[row] for row in some], device)
            found = _heard(model, features)
            hidden = found[0] if isinstance(found, tuple) else found
            counts = features["attention_mask"].sum(dim=1).tolist()
            rows |= {row: hidden[at, :count].clone() for at, (row, count) in enumerate(zip(some, counts, strict=True))}
    hook.remove()
    return [rows[row] for row in range(len(texts))], isinstance(found, tuple)


class _Heard(Exception):
    """Not an error: the layers above need not work."""

    def __init__(self, found: Any) -> None:
        super().__init__()
        self.found = found


def _stop(_layer: Any, _given: Any, found: Any) -> None:
    raise _Heard(found)


def _heard(model: Any, features: dict[str, "torch.Tensor"]) -> Any:
    try:
        model(features)
    except _Heard as heard:
        return heard.found
    raise RuntimeError("the layer was never asked")


def _given() -> Any:
    """In the place of the words' vectors: what was found, whatever it is asked."""
    import torch

    class Given(torch.nn.Module):
        found: torch.Tensor

        def forward(self, *_: Any, **__: Any) -> torch.Tensor:
            return self.found

    return Given()


def _passing(in_a_tuple: bool) -> Any:
    """In the place of a layer: what comes in goes out."""
    import torch

    class Passing(torch.nn.Module):
        def forward(self, hidden: torch.Tensor, *_: Any, **__: Any) -> Any:
            return (hidden,) if in_a_tuple else hidden

    return Passing()
