"""The fast path gives the reference's vectors, and leaves the work to it where it cannot."""

from types import SimpleNamespace

import numpy as np
import pytest

from encoders.encoder import SentenceEncoder, load_encoder
from encoders.fast_forward import Precision
from encoders.onnx_export import NotExportable, Shape

TEXTS = ["I lost my card", "", "why was I charged twice? " * 30, "ok", "¿Dónde está mi dinero?", "x" * 5_000]


@pytest.fixture(scope="module")
def reference() -> SentenceEncoder:
    return load_encoder(precision=Precision.REFERENCE)


@pytest.fixture(scope="module")
def fast() -> SentenceEncoder:
    return load_encoder(precision=Precision.FAST)


def test_vectors_are_the_references_whatever_the_length(fast: SentenceEncoder, reference: SentenceEncoder) -> None:
    assert (fast.path, reference.path) == (Precision.FAST, Precision.REFERENCE)
    assert np.allclose(fast.encode(TEXTS), reference.encode(TEXTS), atol=2e-5)


def test_a_vector_does_not_depend_on_its_neighbours_in_the_batch(fast: SentenceEncoder) -> None:
    alone = np.vstack([fast.encode([text]) for text in TEXTS])
    assert np.allclose(fast.encode(TEXTS), alone, atol=2e-6)


def test_two_threads_give_the_vectors_of_one(fast: SentenceEncoder) -> None:
    assert np.allclose(fast.with_threads(2).encode(TEXTS), fast.encode(TEXTS), atol=2e-6)


def test_both_paths_bear_one_fingerprint(fast: SentenceEncoder, reference: SentenceEncoder) -> None:
    assert fast.fingerprint == reference.fingerprint


def test_a_network_no_graph_is_written_for_is_refused_by_name() -> None:
    with pytest.raises(NotExportable, match="distilbert"):
        Shape.of(SimpleNamespace(model_type="distilbert", hidden_act="gelu"))
