"""The tuning loop on a network small enough to watch: what it learns, and that it goes on after an interruption."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from small_bank import WORDS, make_examples

from encoders.classifier import IntentClassifier
from encoders.directions import SHARE, Directions
from encoders.errors import ArtifactMismatch
from encoders.training.described import TypeDescription
from encoders.training.layers import tuned_names
from encoders.training.taxonomy import NewType, add
from encoders.training.tuning import Course, Learnt, tune
from encoders.tuned import Tuned

VOCABULARY = sorted({word for words in WORDS.values() for word in words.split()})


class Network(torch.nn.Module):
    """A bag of words and one dense layer, which at first mixes everything up."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(1)
        self.dense = torch.nn.Linear(len(VOCABULARY), 8)
        with torch.no_grad():
            self.dense.weight.copy_(0.004 * torch.randn(8, len(VOCABULARY), generator=generator))
            self.dense.bias.fill_(0.01)

    def preprocess(self, texts: Sequence[str]) -> dict[str, torch.Tensor]:
        return {"bag": torch.tensor([[float(word in text.split()) for word in VOCABULARY] for text in texts])}

    def forward(self, given: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        return {"sentence_embedding": torch.nn.functional.dropout(self.dense(given["bag"]), 0.1, self.training)}


class SmallEncoder:
    """As much of an encoder as tuning asks for."""

    name, dimension, fingerprint = "small", 8, "small-1"

    def __init__(self) -> None:
        self.network = Network().eval()

    def copy_of_model(self) -> Network:
        return deepcopy(self.network)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        with torch.no_grad():
            vectors = self.network(self.network.preprocess(texts))["sentence_embedding"]
        return np.asarray(torch.nn.functional.normalize(vectors, dim=-1).numpy(), dtype=np.float32)

    def tuned(self, learnt: Learnt) -> "SmallEncoder":
        other = SmallEncoder()
        weights = {name: torch.from_numpy(part.astype(np.float32)) for name, part in learnt.changed.items()}
        other.network.load_state_dict(weights)
        return other


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("POINTSMAN_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def course() -> Course:
    examples, types = make_examples(12), list(WORDS)
    labels = np.array([types.index(example.issue_type) for example in examples])
    return Course([example.text for example in examples], labels, len(types), seed=3)


def learnt_from(course: Course, progress: object = None) -> Learnt:
    return tune(SmallEncoder(), course, progress)  # type: ignore[arg-type]


def test_tuning_draws_messages_of_a_type_together_and_leaves_the_encoder_as_it_was(course: Course) -> None:
    encoder = SmallEncoder()
    before = encoder.encode(course.texts)
    learnt = tune(encoder, course)  # type: ignore[arg-type]
    assert np.array_equal(encoder.encode(course.texts), before)
    after = encoder.tuned(learnt).encode(course.texts)
    alike = course.labels[:, None] == course.labels[None, :]

    def contrast(vectors: NDArray[np.float32]) -> float:
        cosines = vectors @ vectors.T
        return float(cosines[alike].mean() - cosines[~alike].mean())

    assert contrast(after) > contrast(before) + 0.01


def test_the_directions_that_were_learnt_know_the_messages(course: Course) -> None:
    learnt = learnt_from(course)
    vectors = SmallEncoder().tuned(learnt).encode(course.texts)
    found = learnt.directions.scores(vectors)
    assert (found.argmax(axis=1) == course.labels).mean() > 0.9
    assert np.exp(found / SHARE).sum(axis=1) == pytest.approx(np.ones(len(vectors)), abs=1e-4)


def test_a_tuning_that_is_interrupted_goes_on_where_it_was_and_ends_the_same(course: Course, own_cache: Path) -> None:
    whole = learnt_from(course)
    whole.kept.forget()
    steps: list[int] = []

    def stop(done: int, of: int, stage: str) -> None:
        if done == of // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learnt_from(course, stop)
    again = learnt_from(course, lambda done, of, stage: steps.append(done))
    assert steps[0] > 3
    again.kept.forget()
    for name, weight in whole.changed.items():
        assert np.array_equal(again.changed[name], weight)
    assert again.directions.across == pytest.approx(whole.directions.across)
    assert not list(own_cache.iterdir())


def test_directions_serve_vectors_that_are_part_of_a_longer_one() -> None:
    directions = Directions(np.eye(3, dtype=np.float32), np.zeros(3, dtype=np.float32))
    vectors = np.array([[0.9, 0.1, 0.2]], dtype=np.float32)
    joined = np.hstack([np.ones((1, 5), dtype=np.float32), vectors * np.float32(0.6)])
    assert directions.scaled(0.6).scores(joined) == pytest.approx(directions.scores(vectors), abs=1e-6)


def test_a_new_type_points_to_the_mean_of_its_rows_and_the_others_keep_theirs() -> None:
    across = 4 * np.eye(3, dtype=np.float32)[:, :2]
    directions = Directions(across, np.array([0.5, 0.5], dtype=np.float32))
    rows = np.array([[0, 0, 1], [0, 0, 2], [0, 1, 0]], dtype=np.float32)
    carried = directions.carried([None, 1], rows, np.array([0, 0, 1]))
    assert carried.across.T.tolist() == [[0, 0, 4], [0, 4, 0]]
    assert carried.scores(rows).argmax(axis=1).tolist() == [0, 0, 1]


def test_only_the_last_layers_learn_and_words_stay_where_there_are_none() -> None:
    layers = [f"0.model.encoder.layer.{number}.output.dense.weight" for number in range(12)]
    names = ["0.model.embeddings.word_embeddings.weight", *layers, "0.model.encoder.relative_attention_bias.weight"]
    assert tuned_names(names, last=4) == set(layers[8:])
    assert tuned_names([names[0], "1.dense.weight"], last=4) == {"1.dense.weight"}


@pytest.fixture
def directed(classifier: IntentClassifier) -> IntentClassifier:
    """A model as one of few examples would be, whose directions speak for its second type."""
    knowledge = classifier.knowledge
    bias = np.array([0, 40, 0, 0], dtype=np.float32)
    directions = Directions(np.zeros((8, 4), dtype=np.float32), bias)
    head = replace(knowledge.head, directions=directions)
    record = {**classifier.record, "mode": "few"}
    return IntentClassifier(classifier.encoder, replace(knowledge, head=head, tuned=Tuned("words", {})), record)


def test_directions_are_saved_with_the_model(directed: IntentClassifier, tmp_path: Path) -> None:
    directed.save(tmp_path / "model")
    loaded = IntentClassifier.load(tmp_path / "model", encoder=directed.encoder)
    kept = loaded.knowledge.head.directions
    assert kept is not None
    assert kept.bias.tolist() == [0, 40, 0, 0]
    assert loaded.version == directed.version
    assert [found.issue_type for found in loaded.classify(["lost card"])] == [directed.issue_types[1]]


def test_directions_for_other_issue_types_are_refused(directed: IntentClassifier, tmp_path: Path) -> None:
    strange = Directions(np.zeros((8, 5), dtype=np.float32), np.zeros(5, dtype=np.float32))
    knowledge = replace(directed.knowledge, head=replace(directed.knowledge.head, directions=strange))
    replace(directed, knowledge=knowledge).save(tmp_path / "model")
    with pytest.raises(ArtifactMismatch, match="head"):
        IntentClassifier.load(tmp_path / "model", encoder=directed.encoder)


def test_a_change_of_issue_types_carries_the_directions(directed: IntentClassifier) -> None:
    changed = add(directed, "scam", NewType(TypeDescription("Scam", "scam fraud cheated criminal tricked swindle")))
    carried = changed.classifier.knowledge.head.directions
    assert carried is not None
    known = dict(zip(changed.classifier.issue_types, carried.bias.tolist(), strict=True))
    assert known == {**dict.fromkeys(changed.classifier.issue_types, 0.0), directed.issue_types[1]: 40.0}
