import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encoders.training.curves import Ranking, area_under, histogram, reliability, risk_curve, share_at_error, wilson

CONFIDENCE = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
CORRECT = np.array([True, True, False, True, False])
KNOWN = np.zeros(5, dtype=bool)


def test_the_curve_goes_from_the_surest_message_to_all_of_them() -> None:
    points = risk_curve(Ranking.of(CONFIDENCE, CORRECT, KNOWN))
    assert [point.share for point in points] == [0.2, 0.4, 0.6, 0.8, 1.0]
    assert [point.error for point in points] == pytest.approx([0, 0, 1 / 3, 1 / 4, 2 / 5])
    assert [point.threshold for point in points] == list(CONFIDENCE)


def test_messages_of_equal_confidence_are_decided_together() -> None:
    points = risk_curve(Ranking.of(np.array([0.9, 0.5, 0.5]), np.array([True, True, False]), KNOWN[:3]))
    assert [(point.share, point.error) for point in points] == [(1 / 3, 0.0), (1.0, 1 / 3)]


def test_the_largest_share_at_an_error_may_lie_behind_a_worse_one() -> None:
    ranking = Ranking.of(CONFIDENCE, CORRECT, KNOWN)
    assert share_at_error(ranking, 0.25) == 0.8
    assert share_at_error(ranking, 0.2) == 0.4
    assert share_at_error(ranking, 1.0) == 1.0


def test_what_seems_new_is_never_decided_by_confidence_however_sure() -> None:
    novel = np.array([True, False, False, False, False])
    ranking = Ranking.of(CONFIDENCE, CORRECT, novel)
    assert ranking.confidence.tolist() == [0.8, 0.7, 0.6, 0.5, 0.9]
    assert share_at_error(ranking, 1.0) == 0.8


def test_nothing_can_be_decided_where_even_the_surest_is_wrong() -> None:
    assert share_at_error(Ranking.of(CONFIDENCE, ~CORRECT, KNOWN), 0.3) == 0.0


def test_the_area_is_the_mean_of_the_errors_over_every_share() -> None:
    area = area_under(Ranking.of(CONFIDENCE, CORRECT, KNOWN))
    assert area == pytest.approx(np.mean([0, 0, 1 / 3, 1 / 4, 2 / 5]))


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.booleans()), min_size=1, max_size=400))
def test_a_long_curve_is_thinned_and_keeps_its_end(rows: list[tuple[float, bool, bool]]) -> None:
    confidence, correct, novel = (np.array(column) for column in zip(*rows, strict=True))
    ranking = Ranking.of(confidence, correct.astype(bool), novel.astype(bool))
    points = risk_curve(ranking, most=20)
    assert 1 <= len(points) <= 20
    assert points[-1].share == 1.0
    assert points[-1].error == pytest.approx(1 - correct.mean())
    shares = [point.share for point in points]
    assert shares == sorted(set(shares))


def test_bins_hold_every_message_once_with_an_interval_around_what_was_right() -> None:
    bins = reliability(np.array([0.05, 0.95, 0.96, 1.0]), np.array([False, True, True, False]), bins=10)
    assert [(found.lower, found.rows) for found in bins] == [(0.0, 1), (0.9, 3)]
    assert bins[1].accuracy == pytest.approx(2 / 3)
    assert all(found.low <= found.accuracy <= found.high for found in bins)


def test_the_interval_is_wilsons() -> None:
    from scipy.stats import binomtest

    for hits, rows in ((0, 10), (7, 10), (930, 1000), (5, 5)):
        wanted = binomtest(hits, rows).proportion_ci(0.95, "wilson")
        assert wilson(hits, rows) == pytest.approx((wanted.low, wanted.high), abs=1e-9)
    assert wilson(0, 0) == (0.0, 1.0)


def test_a_histogram_counts_both_sets_over_the_same_bins() -> None:
    found = histogram([0.0, 0.1, 1.0], [0.95], bins=10)
    assert (sum(found.inside), found.inside[9], found.outside[9]) == (3, 1, 1)
