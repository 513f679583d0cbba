"""What the floor benchmark says of handle times known with an error."""

import pytest

from benchmarks.floor import worlds
from benchmarks.floor.known import known_of
from benchmarks.floor.worlds import Day


def floor(log_error):
    return worlds.misjudged(log_error, 1.2, Day(1.0, 1.0))


@pytest.mark.parametrize("seed", [2, 3])
def test_predictions_are_shrunk_as_far_as_they_are_unsure_and_raw_means_are_not(seed):
    found = known_of(floor(0.2), seed)
    assert found.slope == pytest.approx(1, abs=0.05)
    assert found.raw_slope < 0.8
    assert found.error < found.raw_error == pytest.approx(0.2, abs=0.01)


def test_without_an_error_the_truth_is_known_and_nothing_is_lost():
    found = known_of(floor(0.0), 2)
    assert (found.slope, found.carried) == (pytest.approx(1, abs=1e-3), pytest.approx(1, abs=1e-3))
    assert found.error < 1e-3


def test_whoever_goes_by_worse_predictions_carries_less():
    much, little = (known_of(floor(log_error), 2).carried for log_error in (0.1, 0.6))
    assert little < 0.9 < much < 1
