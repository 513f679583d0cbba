"""The eight-bit path of the real encoder, and a classifier that uses it."""

import numpy as np
import pytest

from encoders.encoder import SentenceEncoder, load_encoder
from encoders.fast_forward import Precision
from encoders.int8 import quantised
from encoders.joined import JoinedEncoder
from encoders.onnx_export import NotExportable, Shape

TEXTS = ["I lost my card", "", "why was I charged twice? " * 30, "ok", "¿Dónde está mi dinero?", "my card is lost"]


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return load_encoder(precision=Precision.FAST)


@pytest.fixture(scope="module")
def quick(encoder: SentenceEncoder) -> SentenceEncoder:
    found = encoder.quick
    assert found is not None
    return found


def test_quick_vectors_are_near_the_precise_ones(encoder: SentenceEncoder, quick: SentenceEncoder) -> None:
    cosines = (encoder.encode(TEXTS) * quick.encode(TEXTS)).sum(axis=1)
    assert cosines.mean() > 0.995
    assert cosines.min() > 0.99


def test_a_quick_vector_does_not_depend_on_its_neighbours(quick: SentenceEncoder) -> None:
    alone = np.vstack([quick.encode([text]) for text in TEXTS])
    assert np.allclose(quick.encode(TEXTS), alone, atol=1e-6)


def test_a_quick_path_has_no_quicker_one_and_the_reference_has_none(quick: SentenceEncoder) -> None:
    assert quick.quick is None
    assert load_encoder(precision=Precision.REFERENCE).quick is None


def test_joined_encoders_look_quickly_only_where_each_part_does(encoder: SentenceEncoder) -> None:
    both = JoinedEncoder("two", [encoder, encoder], [0.5, 0.5]).quick
    assert both is not None
    assert both.encode(TEXTS).shape == (len(TEXTS), 2 * encoder.dimension)
    slow = load_encoder(precision=Precision.REFERENCE)
    assert JoinedEncoder("one", [encoder, slow], [0.5, 0.5]).quick is None


def test_changed_weights_change_the_quick_path_too(encoder: SentenceEncoder, quick: SentenceEncoder) -> None:
    parameters = dict(encoder.copy_of_model().named_parameters())
    name = next(name for name in parameters if name.endswith("layer.5.output.LayerNorm.bias"))
    change = parameters[name].detach().numpy().astype(np.float16) + np.float16(0.5)
    changed = encoder.with_weights({name: change}).quick
    assert changed is not None
    assert not np.allclose(changed.encode(TEXTS[:1]), quick.encode(TEXTS[:1]), atol=1e-2)


def test_no_eight_bit_graph_is_drawn_for_another_kind_of_network() -> None:
    with pytest.raises(NotExportable, match="mpnet"):
        quantised(Shape("mpnet", 1, 1, 8, 1e-12, 0), {}, {})
