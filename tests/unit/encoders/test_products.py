"""Vectors times anchors: in eight bits as exactly, up to a thousandth or so."""

import numpy as np
import pytest

from encoders.products import Exact, InEightBits


@pytest.mark.parametrize("rows", [1, 7])
def test_eight_bits_hardly_change_cosines_and_rows_do_not_depend_on_each_other(rows: int) -> None:
    drawn = np.random.default_rng(3).normal(size=(rows + 500, 384)).astype(np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    vectors, anchors = drawn[:rows], drawn[rows:]
    exact, rough = Exact(anchors)(vectors), InEightBits(anchors)
    assert exact.shape == rough(vectors).shape == (rows, 500)
    assert 1e-5 < np.abs(rough(vectors) - exact).max() < 4e-3
    assert np.array_equal(rough(vectors), np.vstack([rough(vectors[[row]]) for row in range(rows)]))
