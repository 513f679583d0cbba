"""A model whose encoder was tuned hears alerts as the encoder that it stands beside does."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from small_bank import WordEncoder

from encoders.joined import JoinedEncoder
from encoders.text import prepare
from encoders.tfidf import counted
from encoders.training import alerts
from encoders.vigilance import Detector, fit_detector
from encoders.vigilance.lessons import read_lessons

ASKED = [prepare(lesson.text) for lesson in read_lessons()[3::60]]


class WithLowerLayers(WordEncoder):
    """Tells of a text a second time, backwards, as an encoder tells of its lower layers."""

    def encode_depths(self, texts: Sequence[str], batch_size: int = 64) -> NDArray[np.float32]:
        vectors = self.encode(texts, batch_size)
        return np.hstack([vectors, vectors[:, ::-1]])


@pytest.fixture
def first(monkeypatch: pytest.MonkeyPatch) -> WithLowerLayers:
    monkeypatch.setattr(alerts, "fit_detector", lambda encoder, seed: fit_detector(encoder, seed, read_lessons()[::12]))
    return WithLowerLayers()


def chances(detector: Detector, depths: NDArray[np.float32]) -> NDArray[np.float64]:
    return detector.model.probabilities(detector.of_words([counted(text) for text in ASKED]), depths)


def test_of_a_joined_encoder_the_first_part_alone_is_heard(first: WithLowerLayers) -> None:
    joined = JoinedEncoder("joined", [first, WordEncoder()], [0.3, 0.7])  # type: ignore[list-item]
    alone, beside = alerts.detector_of(first, 0), alerts.detector_of(joined, 0)
    assert beside.threshold == alone.threshold
    expected = chances(alone, first.encode_depths(ASKED))
    assert expected.std() > 0.01
    assert chances(beside, joined.encode_depths(ASKED)) == pytest.approx(expected, abs=1e-4)
