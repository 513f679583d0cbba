"""The packaged sentence encoder, without a network."""

import socket
from collections.abc import Iterator

import numpy as np
import pytest

from encoders.encoder import SentenceEncoder, load_encoder
from encoders.errors import EncoderUnavailable

TEXTS = ["I lost my card", "the exchange rate is wrong", "I lost my card", "", "x" * 5_000]


@pytest.fixture(scope="module")
def encoder() -> Iterator[SentenceEncoder]:
    """Loaded while every connection fails, so that a look at the network would be noticed."""

    def refuse(*_: object) -> None:
        raise AssertionError("the packaged encoder asked for the network")

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", refuse)
    yield load_encoder()
    patch.undo()


def test_vectors_have_length_one_and_the_order_of_the_texts(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((5, encoder.dimension), np.float32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.array_equal(vectors[0], vectors[2])
    assert np.allclose(vectors[1], encoder.encode([TEXTS[1]])[0], atol=1e-5)


def test_close_meanings_are_close(encoder: SentenceEncoder) -> None:
    lost, stolen, rate = encoder.encode(["I lost my card", "my card was stolen", "what is the exchange rate"])
    assert lost @ stolen > lost @ rate + 0.2


def test_no_text_gives_no_vector(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_loading_again_shares_the_weights(encoder: SentenceEncoder) -> None:
    assert load_encoder(threads=2)._model is encoder._model
    assert load_encoder().fingerprint == encoder.fingerprint


def test_progress_ends_at_the_number_of_distinct_texts(encoder: SentenceEncoder) -> None:
    calls: list[tuple[int, int, str]] = []
    encoder.encode(TEXTS, progress=lambda *call: calls.append(call))
    assert calls[-1] == (4, 4, "encode")


def test_an_encoder_that_is_not_here_is_named() -> None:
    with pytest.raises(EncoderUnavailable, match="/no/such/encoder"):
        SentenceEncoder("/no/such/encoder")


def test_vectors_do_not_depend_on_how_many_batches_run_side_by_side(encoder: SentenceEncoder) -> None:
    texts = [f"my card number {number} is late" for number in range(600)]
    assert np.array_equal(load_encoder(threads=2).encode(texts), encoder.encode(texts))
