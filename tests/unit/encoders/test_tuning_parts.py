"""What tuning rests on: a state that is kept and found again, and encoders that stand side by side."""

from pathlib import Path

import numpy as np
import pytest
from small_bank import WordEncoder

from encoders.joined import JoinedEncoder
from encoders.training.checkpoints import Checkpoints

TEXTS, LABELS = ["lost card", "top up"], np.array([0, 1])


def test_likeness_in_joined_vectors_is_the_weighted_mean_of_the_parts() -> None:
    part = WordEncoder()
    joined = JoinedEncoder("both", [part, part], [0.3, 0.7])  # type: ignore[list-item]
    alone, both = part.encode(TEXTS), joined.encode(TEXTS)
    assert both.shape == (2, 2 * part.dimension)
    assert both @ both.T == pytest.approx(alone @ alone.T, abs=1e-5)
    assert joined.fingerprint != JoinedEncoder("both", [part, part], [0.5, 0.5]).fingerprint  # type: ignore[list-item]


def test_an_interrupted_tuning_goes_on_with_the_weights_and_moments_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    def learner(start: float) -> tuple[dict[str, torch.Tensor], torch.optim.AdamW]:
        weight = torch.nn.Parameter(torch.full((3,), start))
        return {"weight": weight}, torch.optim.AdamW([weight], lr=0.1)

    def step(weights: dict[str, torch.Tensor], optimiser: torch.optim.AdamW) -> None:
        optimiser.zero_grad()
        (weights["weight"] ** 2).sum().backward()
        optimiser.step()

    monkeypatch.setenv("POINTSMAN_CACHE", str(tmp_path))
    weights, optimiser = learner(2.0)
    step(weights, optimiser)
    kept = Checkpoints("encoder, seed 1", TEXTS, LABELS)
    kept.keep(1, weights, optimiser)
    step(weights, optimiser)

    others, other = learner(9.0)
    assert kept.resume(others, other) == 1
    step(others, other)
    assert torch.equal(others["weight"], weights["weight"])
    assert Checkpoints("encoder, seed 2", TEXTS, LABELS).resume(*learner(9.0)) == 0
    kept.forget()
    assert kept.resume(*learner(9.0)) == 0
