"""How far the nearest few training messages are."""

import numpy as np
import pytest

from encoders.head import distance_to_nearest


@pytest.mark.parametrize("anchors", [1, 2, 3, 100, 192, 193, 1_000])
def test_the_nearest_few_are_those_that_sorting_all_finds(anchors: int) -> None:
    cosines = np.random.default_rng(anchors).uniform(-1.0, 1.0, size=(40, anchors)).astype(np.float32)
    cosines[0], cosines[1, : anchors // 2] = 0.5, 1.0
    nearest = np.sort(cosines.astype(np.float64), axis=1)[:, -3:]
    assert np.allclose(distance_to_nearest(cosines), 1.0 - nearest.mean(axis=1))
