"""Handle times: learned one wrap-up at a time, shrunk towards what is known better."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optimizer import handle_time
from optimizer.parameters import MatchingParameters
from optimizer.problem import HandleTimeArrays
from optimizer.snapshot import HandleTimeFact

P = MatchingParameters()
STATED = np.array([300.0, 600.0])
NEW = HandleTimeFact("card", "anna", 0, 0.0, 0.0)


def fit(*rows, n_cops=3):
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), (), ()]
    dtypes = (np.int64, np.int64, np.float64, np.float64, np.float64)
    arrays = [np.array(column, dtype) for column, dtype in zip(columns, dtypes, strict=True)]
    return handle_time.fit(STATED, n_cops, HandleTimeArrays(*arrays), P)


def mean(model, issue_type, cop):
    return float(handle_time.predict(model, np.array([issue_type]), np.array([cop])).mean_seconds[0])


def unsure(model, issue_type, cop):
    return float(handle_time.predict(model, np.array([issue_type]), np.array([cop])).log_sd[0])


@given(st.lists(st.floats(1, 1e5), min_size=2, max_size=30))
def test_observing_one_by_one_gives_the_mean_and_variance_of_log_seconds(seconds):
    fact = NEW
    for each in seconds:
        fact = handle_time.observe(fact, each)
    logs = np.log(seconds)
    assert fact.count == len(seconds)
    assert math.isclose(fact.mean_log_seconds, logs.mean(), abs_tol=1e-9)
    assert math.isclose(fact.var_log_seconds, logs.var(ddof=1), abs_tol=1e-9)


@pytest.mark.parametrize("seconds", [-1.0, math.nan, math.inf])
def test_a_handle_time_that_cannot_be_is_refused(seconds):
    with pytest.raises(ValueError, match="must be finite and not negative"):
        handle_time.observe(NEW, seconds)


def test_a_handling_of_no_time_counts_as_one_second():
    assert handle_time.observe(NEW, 0.0).mean_log_seconds == 0.0


def test_with_nothing_learned_everybody_takes_the_stated_time():
    model = fit()
    assert mean(model, 0, 0) == mean(model, 0, 2) == 300.0
    assert handle_time.typical_seconds(model).tolist() == [300.0, 600.0]


def test_a_slow_cop_is_predicted_slower_the_more_is_known():
    slow = math.log(600) - 0.3
    few, many = fit((0, 0, 2, slow, 0.4)), fit((0, 0, 200, slow, 0.4))
    assert 300 < mean(few, 0, 0) < mean(many, 0, 0) < 640
    assert mean(few, 0, 0) < 400 < mean(many, 0, 0)


def test_what_is_learned_on_one_issue_type_carries_over_to_another_in_part():
    facts = [(0, 0, 100, math.log(600), 0.4), (0, 1, 100, math.log(200), 0.4)]
    model = fit(*facts)
    assert mean(model, 1, 0) > mean(model, 1, 2) > mean(model, 1, 1)
    assert mean(model, 0, 0) / mean(model, 0, 1) > mean(model, 1, 0) / mean(model, 1, 1)


def test_uncertainty_falls_with_every_wrap_up():
    spread = [unsure(fit((0, 0, count, 5.5, 0.4)), 0, 0) for count in (0, 2, 20, 200)]
    assert spread == sorted(spread, reverse=True)
    assert spread[0] == pytest.approx(math.hypot(P.cop_log_sd, P.pair_log_sd))


def test_facts_of_somebody_off_the_floor_still_teach_the_issue_type():
    model = fit((0, -1, 1000, math.log(900), 0.49))
    assert mean(model, 0, 0) > 900
    assert mean(model, 1, 0) == 600.0


def test_the_shrunk_prediction_is_closer_to_the_truth_than_the_raw_mean():
    """Drawn from the model itself: 200 COps, 5 wrap-ups each, as published spreads have it."""
    rng = np.random.default_rng(7)
    truth = rng.normal(0, P.cop_log_sd, 200) + rng.normal(0, P.pair_log_sd, 200) + math.log(300)
    logs = truth[:, None] + rng.normal(0, P.handle_time_log_sd, (200, 5))
    rows = [(0, cop, 5, row.mean(), row.var(ddof=1)) for cop, row in enumerate(logs)]
    model = fit(*rows, n_cops=200)
    predicted = np.log([mean(model, 0, cop) for cop in range(200)])
    raw = logs.mean(axis=1)
    centred = (predicted - predicted.mean()) - (truth - truth.mean())
    assert np.square(centred).mean() < 0.6 * np.square(raw - truth).mean()


def test_a_fact_is_never_changed_in_place():
    before = replace(NEW)
    handle_time.observe(NEW, 10.0)
    assert before == NEW
