"""Vectors beside what was learned: in eight bits as exactly, up to a thousandth or so of each product."""

import numpy as np
import pytest
from numpy.typing import NDArray

from encoders.head import Kernel
from encoders.int8 import Learned, comparison, comparison_seen
from encoders.products import Exact, InEightBits
from encoders.vigilance.features import View

SHARPNESS = 2.0


def unit(drawn: NDArray[np.float64]) -> NDArray[np.float32]:
    return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def learned(anchors: int, width: int) -> Learned:
    drawn = np.random.default_rng(4)
    return Learned(
        unit(drawn.normal(size=(anchors, width))), drawn.normal(size=(anchors, 9)).astype(np.float32), SHARPNESS
    )


def added(known: Learned, products: NDArray[np.float32]) -> NDArray[np.float32]:
    return Kernel(SHARPNESS, 0.0).of_cosines(products) @ known.pull


@pytest.mark.parametrize("rows", [1, 7])
def test_eight_bits_hardly_change_what_anchors_add_and_rows_do_not_depend_on_each_other(rows: int) -> None:
    known = learned(500, 384)
    vectors = unit(np.random.default_rng(3).normal(size=(rows, 384)))
    products = Exact(known.anchors)(vectors)
    rough = InEightBits(comparison(known, 3))
    sums, nearest = rough(vectors)
    assert 1e-5 < np.abs(nearest - -np.sort(-products, axis=1)[:, :3]).max() < 4e-3
    assert np.abs(sums - added(known, products)).max() < 4e-3 * SHARPNESS * np.sqrt(500)
    alone = [rough(vectors[[row]]) for row in range(rows)]
    assert np.array_equal(nearest, np.vstack([each[1] for each in alone]))
    assert np.allclose(sums, np.vstack([each[0] for each in alone]), atol=1e-4)


def test_what_is_seen_is_turned_and_made_of_length_one_before_it_is_compared() -> None:
    known, drawn = learned(200, 32), np.random.default_rng(5)
    view = View(drawn.normal(size=96).astype(np.float32), drawn.normal(size=(96, 32)).astype(np.float32))
    depths = drawn.normal(size=(4, 96)).astype(np.float32)
    [sums] = InEightBits(comparison_seen(known, view.centre, view.across))(depths)
    exact = added(known, Exact(known.anchors)(view.of(depths)))
    assert 1e-5 < np.abs(sums - exact).max() < 1e-2 * SHARPNESS * np.sqrt(200)
