"""Layers that stay are asked once: real networks, small and untaught, learn above them as if they had been there."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from small_bank import FILLER, WORDS, make_examples
from transformers import BertConfig, BertModel, MPNetConfig, MPNetModel

from encoders.training.layers import Below, features_of
from encoders.training.tuning import Course, Learnt, tune

NUMBER = {word: at + 2 for at, word in enumerate(sorted({*" ".join(WORDS.values()).split(), *FILLER}))}
SHAPE = {
    "vocab_size": len(NUMBER) + 2,
    "hidden_size": 16,
    "num_hidden_layers": 5,
    "num_attention_heads": 2,
    "intermediate_size": 32,
    "initializer_range": 0.3,
    "pad_token_id": 1,
}


class Network(torch.nn.Module):
    """As much of a sentence-transformers model as tuning asks for, around a network of `transformers`."""

    max_seq_length = 32

    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.auto_model = network
        self.tokenizer = SimpleNamespace(padding_side="right")

    def __getitem__(self, _: int) -> "Network":
        return self

    def preprocess(self, texts: Sequence[str]) -> dict[str, Any]:
        rows = [torch.tensor([NUMBER[word] for word in text.split()]) for text in texts]
        ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=1)
        return {"input_ids": ids, "attention_mask": (ids != 1).long(), "modality": "text"}

    def forward(self, given: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        mask = given["attention_mask"]
        rows = self.auto_model(given["input_ids"], attention_mask=mask).last_hidden_state * mask[:, :, None]
        return {"sentence_embedding": rows.sum(dim=1) / mask.sum(dim=1, keepdim=True)}


class Encoder:
    """The same as an encoder."""

    name, dimension, fingerprint = "tiny", 16, "tiny-1"

    def __init__(self, model: Network) -> None:
        self.model = model.eval()

    def copy_of_model(self) -> Network:
        return deepcopy(self.model)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        with torch.no_grad():
            vectors = self.model(features_of(self.model, texts, "cpu"))["sentence_embedding"]
        return np.asarray(torch.nn.functional.normalize(vectors, dim=-1).numpy(), dtype=np.float32)

    def tuned(self, learnt: Learnt) -> "Encoder":
        other = Encoder(self.copy_of_model())
        weights = {name: torch.from_numpy(part.astype(np.float32)) for name, part in learnt.changed.items()}
        assert not other.model.load_state_dict(weights, strict=False).unexpected_keys
        return other


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POINTSMAN_CACHE", str(tmp_path))


@pytest.fixture(params=["bert", "mpnet"])
def encoder(request: pytest.FixtureRequest) -> Encoder:
    torch.manual_seed(0)
    bert, mpnet = BertConfig(**SHAPE), MPNetConfig(**SHAPE)  # type: ignore[arg-type]
    return Encoder(Network(BertModel(bert) if request.param == "bert" else MPNetModel(mpnet)))


@pytest.fixture
def course() -> Course:
    examples, types = make_examples(6), list(WORDS)
    labels = np.array([types.index(example.issue_type) for example in examples])
    return Course([f"{example.text} " * (at % 3 + 1) for at, example in enumerate(examples)], labels, 4, seed=3)


def test_what_the_lower_layers_made_stands_in_for_them(encoder: Encoder, course: Course) -> None:
    model = encoder.copy_of_model().eval()
    below = Below.of(model, course.texts, 2, "cpu")
    assert below is not None
    rows = np.array([5, 0, 23, 7])
    below.give(rows)
    texts = [course.texts[row] for row in rows]
    with torch.no_grad():
        found = model(features_of(model, texts, "cpu"))["sentence_embedding"]
    assert torch.nn.functional.normalize(found, dim=-1).numpy() == pytest.approx(encoder.encode(texts), abs=1e-5)
    assert below.lengths[rows].tolist() == [len(text.split()) for text in texts]


def test_the_last_layers_learn_to_tell_the_types_apart(
    encoder: Encoder, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("encoders.training.tuning._ENCODER_RATE", 6e-3)  # an untaught network has a longer way to go
    monkeypatch.setattr("encoders.training.tuning._EPOCHS", 15)
    learnt = tune(encoder, course)  # type: ignore[arg-type]
    assert {name.split("encoder.layer.")[1][0] for name in learnt.changed} == {"2", "3", "4"}
    before, after = encoder.encode(course.texts), encoder.tuned(learnt).encode(course.texts)
    alike = course.labels[:, None] == course.labels[None, :]

    def contrast(vectors: NDArray[np.float32]) -> float:
        cosines = vectors @ vectors.T
        return float(cosines[alike].mean() - cosines[~alike].mean())

    assert contrast(after) > contrast(before) + 0.05
    assert loss(learnt, after, course) < 0.85 * loss(learnt, before, course)


def loss(learnt: Learnt, vectors: NDArray[np.float32], course: Course) -> float:
    logits = torch.from_numpy(vectors @ learnt.directions.across + learnt.directions.bias)
    return float(torch.nn.functional.cross_entropy(logits, torch.from_numpy(course.labels)))


def test_gone_on_after_an_interruption_it_learns_the_same_and_ended_it_is_not_done_again(
    encoder: Encoder, course: Course
) -> None:
    whole = tune(encoder, course)  # type: ignore[arg-type]
    whole.kept.forget()

    def stop(done: int, of: int, stage: str) -> None:
        if done == of // 2 + 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(encoder, course, stop)  # type: ignore[arg-type]
    steps: list[int] = []
    again = tune(encoder, course, lambda done, of, stage: steps.append(done))  # type: ignore[arg-type]
    assert 1 < steps[0] <= steps[-1] // 2 + 1
    assert all(np.array_equal(again.changed[name], weight) for name, weight in whole.changed.items())
    steps.clear()
    once_more = tune(encoder, course, lambda done, of, stage: steps.append(done))  # type: ignore[arg-type]
    assert not steps
    assert all(np.array_equal(once_more.changed[name], weight) for name, weight in whole.changed.items())
