"""The state of a tuning under way, kept after every epoch so that an interrupted one goes on where it was."""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from encoders.cache import cache_folder

if TYPE_CHECKING:
    import torch

_STATE, _ABOUT = "state.safetensors", "about.json"
_MOMENTS = ("exp_avg", "exp_avg_sq", "step")


class Checkpoints:
    """One folder in the cache for each distinct course; it holds weights and no message."""

    def __init__(self, fingerprint: str, texts: Sequence[str], labels: NDArray[np.int64], seed: int) -> None:
        digest = hashlib.sha256(f"{fingerprint}|{seed}|".encode())
        for text, label in zip(texts, labels, strict=True):
            digest.update(f"{label}:{len(text)}:{text}".encode("utf-8", "surrogatepass"))
        self._folder = cache_folder() / f"tuning-{digest.hexdigest()[:24]}"

    def keep(self, epochs: int, weights: Mapping[str, "torch.Tensor"], optimiser: Any) -> None:
        """Replace what was kept; a cache that cannot be written only costs the chance to go on later."""
        from safetensors.torch import save_file

        with suppress(OSError):
            fresh = self._folder.with_suffix(".new")
            shutil.rmtree(fresh, ignore_errors=True)
            fresh.mkdir(parents=True)
            save_file(_tensors(weights, optimiser), fresh / _STATE)
            (fresh / _ABOUT).write_text(json.dumps({"epochs": epochs}), encoding="utf-8")
            self.forget()
            fresh.rename(self._folder)

    def resume(self, weights: Mapping[str, "torch.Tensor"], optimiser: Any) -> int:
        """Put back what was kept; how many epochs that were, 0 where there is nothing that can be read."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            epochs = int(json.loads((self._folder / _ABOUT).read_text(encoding="utf-8"))["epochs"])
            kept = load_file(self._folder / _STATE)
            _put_back(kept, weights, optimiser)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError):
            return 0
        return epochs

    def forget(self) -> None:
        """The course is over."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def folder(self) -> Path:
        """Where the state is kept."""
        return self._folder


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
