"""More than chance? Compared with scipy, and with values that can be counted by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from routing.domain.chance import chi_square_tail, sign_test, wilson

COUNTS = st.integers(0, 400)


def test_five_losses_in_a_row_are_one_in_thirty_two():
    assert sign_test(5, 0) == pytest.approx(1 / 32)


def test_nothing_that_changed_is_no_evidence():
    assert sign_test(0, 0) == 1.0


@given(COUNTS, COUNTS)
def test_the_paired_test_is_the_exact_binomial_one(losses: int, wins: int):
    expected = stats.binomtest(losses, losses + wins, alternative="greater").pvalue if losses + wins else 1.0
    assert sign_test(losses, wins) == pytest.approx(expected, rel=1e-6, abs=1e-12)


@given(st.integers(1, 2_000).flatmap(lambda rows: st.tuples(st.integers(0, rows), st.just(rows))))
def test_the_interval_is_wilsons(pair: tuple[int, int]):
    hits, rows = pair
    expected = stats.binomtest(hits, rows).proportion_ci(method="wilson")
    assert wilson(hits, rows) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_of_nothing_every_share_is_possible():
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize("degrees", [3.0, 9.0, 40.5])
@pytest.mark.parametrize("share", [0.5, 0.05, 0.001])
def test_the_tail_of_chi_square_is_near_the_exact_one(degrees: float, share: float):
    value = float(stats.chi2.isf(share, degrees))
    assert chi_square_tail(value, degrees) == pytest.approx(share, rel=0.15)
