"""The state of a tuning under way, kept after every epoch so that an interrupted one goes on where it was."""

import hashlib
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from encoders.cache import cache_folder

if TYPE_CHECKING:
    import torch

_MOMENTS = ("exp_avg", "exp_avg_sq", "step")
_NAME, _FRESH = "tuning-", ".new"
_KEPT_SECONDS = 7 * 24 * 3_600
"""Nobody goes on with a tuning that was left for so long; what it kept is 700 megabytes for a large encoder."""


class Checkpoints:
    """One file in the cache for each distinct course; it holds weights and no message."""

    def __init__(self, about: str, texts: Sequence[str], labels: NDArray[np.int64]) -> None:
        """`about`: what else the course depends on: the encoder, the recipe, the seed."""
        digest = hashlib.sha256(f"{about}|".encode())
        for text, label in zip(texts, labels, strict=True):
            digest.update(f"{label}:{len(text)}:{text}".encode("utf-8", "surrogatepass"))
        self._file = cache_folder() / f"{_NAME}{digest.hexdigest()[:24]}.safetensors"
        _clear_out(self._file.parent, time.time() - _KEPT_SECONDS)

    def keep(self, epochs: int, weights: Mapping[str, "torch.Tensor"], optimiser: Any) -> None:
        """Replace what was kept, at once; a cache that cannot be written only costs the chance to go on later."""
        from safetensors import SafetensorError
        from safetensors.torch import save_file

        fresh = self._file.with_suffix(_FRESH)
        with suppress(OSError, SafetensorError):
            fresh.parent.mkdir(parents=True, exist_ok=True)
            save_file(_tensors(weights, optimiser), fresh, {"epochs": str(epochs)})
            fresh.replace(self._file)

    def resume(self, weights: Mapping[str, "torch.Tensor"], optimiser: Any) -> int:
        """Put back what was kept; how many epochs that were, 0 where there is nothing that can be read."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(self._file, "pt") as kept:
                epochs = int(kept.metadata()["epochs"])
                names = kept.keys()
                _put_back({name: kept.get_tensor(name) for name in names}, weights, optimiser)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError):
            return 0
        return epochs

    def forget(self) -> None:
        """What was learnt is in safety, or nobody wants it."""
        with suppress(OSError):
            self._file.unlink()


def _clear_out(folder: Path, before: float) -> None:
    """Remove what interrupted tunings left behind that were not gone on with since."""
    for left in folder.glob(f"{_NAME}*"):
        with suppress(OSError):
            if left.stat().st_mtime < before:
                shutil.rmtree(left) if left.is_dir() else left.unlink()


def _tensors(weights: Mapping[str, "torch.Tensor"], optimiser: Any) -> dict[str, "torch.Tensor"]:
    tensors = {f"weight.{name}": weight.detach().cpu().contiguous() for name, weight in weights.items()}
    for name, weight in weights.items():
        state = optimiser.state.get(weight, {})
        tensors.update({f"{part}.{name}": state[part].detach().cpu().clone() for part in _MOMENTS if part in state})
    return tensors


def _put_back(kept: Mapping[str, "torch.Tensor"], weights: Mapping[str, "torch.Tensor"], optimiser: Any) -> None:
    import torch

    if {f"weight.{name}" for name in weights} - kept.keys():
        raise KeyError("the kept state is another encoder's")
    with torch.no_grad():
        for name, weight in weights.items():
            weight.copy_(kept[f"weight.{name}"])
            moments = {part: kept[f"{part}.{name}"] for part in _MOMENTS if f"{part}.{name}" in kept}
            # The step counter stays where the optimiser wants it, the moments where the weights are.
            optimiser.state[weight] = {
                part: moment if part == "step" else moment.to(weight.device) for part, moment in moments.items()
            }
