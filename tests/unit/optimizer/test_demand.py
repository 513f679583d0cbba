"""What is remembered of arrivals and of how busy the floor is."""

import pytest

from optimizer.demand import Demand, Occupancy
from optimizer.pricing import PricingParameters

P = PricingParameters(fewest_arrivals=10, shortest_view_seconds=100)
CARD = ("card", "GB", "en")


def test_a_steady_stream_is_seen_at_its_rate_from_the_first_minute():
    demand = Demand()
    for _ in range(50):
        demand = demand.observed({CARD: 2}, 10, half_life_seconds=60)
        assert demand.rates()[CARD] > 0.1999
    assert demand.rates()[CARD] == pytest.approx(0.2, rel=0.07)


def test_after_a_half_life_half_of_a_surge_is_forgotten():
    demand = Demand().observed({CARD: 100}, 0, 60).observed({}, 60, 60)
    assert demand.counts[CARD] == 50
    assert demand.observed({}, 60 * 40, 60).counts == {}


def test_too_little_seen_is_said_in_words():
    assert "3 arrivals seen, 10 are needed" in Demand().observed({CARD: 3}, 500, 60).lacks(P)
    assert "50 s watched, 100 s are needed" in Demand().observed({CARD: 30}, 50, 60).lacks(P)
    assert Demand().observed({CARD: 30}, 500, 60).lacks(P) is None
    assert Demand().rates() == {}


@pytest.mark.parametrize(("count", "seconds"), [(-1, 1), (float("nan"), 1), (1, float("nan")), (1, -1)])
def test_counts_and_spans_that_are_no_numbers_are_refused(count, seconds):
    with pytest.raises(ValueError, match="must be finite"):
        Demand().observed({CARD: count}, seconds, 60)


def test_occupancy_follows_its_readings_and_starts_at_the_first():
    busy = Occupancy().observed(9, 10, 0, 60)
    assert busy.value == 0.9
    assert busy.observed(0, 10, 60, 60).value == pytest.approx(0.45)
    assert busy.observed(0, 0, 60, 60) == busy
    assert Occupancy().observed(20, 10, 0, 60).value == 1
