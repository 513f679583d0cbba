import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from encoders.risk import chance_of_so_few, interval, lower_bound, make_ladder, rows_needed, upper_bound

COUNTS = st.tuples(st.integers(0, 400), st.integers(0, 400)).map(lambda pair: (min(pair), max(pair)))
RATES = st.floats(0.001, 0.999)


@given(COUNTS, RATES)
def test_the_p_value_is_the_binomial_tail(counts: tuple[int, int], rate: float) -> None:
    errors, rows = counts
    assert chance_of_so_few(errors, rows, rate) == pytest.approx(binom.cdf(errors, rows, rate), abs=1e-9)


@given(COUNTS, st.floats(0.5, 0.999))
def test_the_bounds_are_where_the_p_value_meets_the_risk(counts: tuple[int, int], confidence: float) -> None:
    errors, rows = counts
    upper, lower = upper_bound(errors, rows, confidence), lower_bound(errors, rows, confidence)
    assert 0.0 <= lower <= (errors / rows if rows else 0.0) <= upper <= 1.0
    if errors < rows:
        assert chance_of_so_few(errors, rows, upper) == pytest.approx(1.0 - confidence, abs=1e-6)
    if errors:
        assert binom.sf(errors - 1, rows, lower) == pytest.approx(1.0 - confidence, abs=1e-6)


def test_the_interval_holds_as_often_as_it_says() -> None:
    errors = np.random.default_rng(2).binomial(300, 0.03, 2_000)
    holds = [low <= 0.03 <= high for low, high in (interval(int(one), 300, 0.9) for one in errors)]
    assert np.mean(holds) >= 0.9


@given(st.floats(0.005, 0.3), st.floats(0.5, 0.999))
def test_the_rows_needed_are_just_enough(target: float, confidence: float) -> None:
    needed = rows_needed(target, confidence)
    assert upper_bound(0, needed, confidence) <= target + 1e-9
    assert needed == 1 or upper_bound(0, needed - 1, confidence) > target - 1e-9


@given(st.integers(0, 20_000), st.sampled_from([0.01, 0.02, 0.05, 0.2]), st.sampled_from([0.8, 0.95, 0.99]))
def test_a_ladder_shares_out_its_risk_and_goes_down_to_every_row(rows: int, target: float, confidence: float) -> None:
    ladder = make_ladder(rows, target, confidence)
    if rows < rows_needed(target, confidence):
        assert ladder is None
        return
    assert ladder is not None
    assert ladder.risk.sum() == pytest.approx(1.0 - confidence)
    assert (np.diff(ladder.rows) > 0).all()
    assert ladder.rows[-1] == rows
    assert all(upper_bound(0, int(ladder.rows[at]), 1.0 - ladder.risk[at]) <= target for at in ladder.risk.nonzero()[0])


def test_a_chain_that_breaks_early_costs_its_share_and_not_the_rest() -> None:
    ladder = make_ladder(10_000, 0.02, 0.95)
    assert ladder is not None
    starts = ladder.rows[ladder.risk > 0]
    assert len(starts) > 2
    seen: dict[int, float] = {}

    def holds(rows: int, risk: float) -> bool:
        seen[rows] = risk
        return rows != starts[0]

    assert ladder.descend(holds) == len(ladder.rows) - 1
    assert seen[10_000] == pytest.approx(0.05 - ladder.risk.max())


def test_a_chain_that_never_breaks_ends_with_the_whole_risk() -> None:
    ladder, seen = make_ladder(10_000, 0.02, 0.95), [0.0]
    assert ladder is not None
    ladder.descend(lambda _, risk: seen.append(risk) or True)  # type: ignore[func-returns-value]
    assert seen[-1] == pytest.approx(0.05)


def test_without_any_rung_that_holds_there_is_no_threshold() -> None:
    ladder = make_ladder(1_000, 0.05, 0.95)
    assert ladder is not None
    assert ladder.descend(lambda _rows, _risk: False) is None
