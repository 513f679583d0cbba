"""The hierarchical model: what it learns from much, little, and work that still goes on."""

from dataclasses import replace

import numpy as np
import pytest
from handling_logs import Truth, draw, renamed

from optimizer.handle_times.errors import LogInvalid
from optimizer.handle_times.evaluation import LEVELS, score
from optimizer.handle_times.fitting import fit_log
from optimizer.handle_times.model import learn
from optimizer.handle_times.peers import raw_means, type_quantiles
from optimizer.handle_times.policy import as_toml, learned, matching_parameters
from optimizer.policy import read_policy

MEDIAN = np.array([0.5])


@pytest.fixture(scope="module")
def long():
    """20,000 conversations: 100 for each pair of COp and issue type."""
    return draw(Truth(), 20_000, 1)


@pytest.fixture(scope="module")
def model(long):
    return learn(long[0].log)


def test_the_spreads_that_the_log_was_drawn_with_are_found(model):
    variances = model.fit.variances
    assert np.sqrt(variances.pair) == pytest.approx(0.25, abs=0.04)
    assert np.sqrt(variances.cop) == pytest.approx(0.15, abs=0.09)
    assert model.fit.noise.sd[:-1] == pytest.approx(0.6, abs=0.03)


def test_predictions_come_near_the_truth_and_know_how_near(model, long):
    error = np.log(model.quantiles(long[1].log, MEDIAN)[:, 0]) - long[1].centre
    assert np.sqrt((error**2).mean()) < 0.1
    assert np.sqrt(model.fit.unsure.mean()) == pytest.approx(np.sqrt((error**2).mean()), rel=0.25)


def test_the_model_beats_the_issue_types_quantiles_and_raw_means(long):
    log, later = long[0].log.take(np.arange(2_000)), long[1].log
    losses = [score(predict(later, LEVELS), later).loss for predict in peers(log)]
    assert losses[0] < losses[1]
    assert losses[0] < losses[2]


def peers(log):
    return learn(log).quantiles, type_quantiles(log), raw_means(log)


@pytest.mark.parametrize("tail", [None, 3.0])
def test_eighty_of_a_hundred_fall_into_the_eighty_percent_interval_whatever_the_tails(tail):
    seen, later = draw(Truth(tail=tail, noise_sd=0.4), 6_000, 2)
    assert score(learn(seen.log).quantiles(later.log, LEVELS), later.log).coverage == pytest.approx(0.8, abs=0.02)


def test_heavy_tails_are_wider_than_a_bell_curve_far_out():
    outer, inner = np.array([0.005, 0.995]), np.array([0.25, 0.75])
    wide = []
    for tail in (None, 3.0):
        log = draw(Truth(tail=tail), 6_000, 3)[0].log
        far, near = (np.diff(np.log(learn(log).quantiles(log, levels))).mean() for levels in (outer, inner))
        wide.append(far / near)
    assert wide[1] > 1.2 * wide[0]


def test_with_endless_conversations_a_pair_is_predicted_at_its_own_mean():
    truth = Truth(n_types=2, n_cops=3)
    seen, later = draw(truth, 60_000, 4)
    error = np.log(learn(seen.log).quantiles(later.log, MEDIAN)[:, 0]) - later.centre
    assert np.abs(error).max() < 0.06


def test_one_odd_conversation_hardly_moves_a_new_cop():
    log = draw(Truth(), 4_000, 5)[0].log
    newcomer = log.take(np.array([0]))
    newcomer = replace(newcomer, cop=renamed(newcomer.cop, "newcomer"))
    usual = learn(log).quantiles(newcomer, MEDIAN)[0, 0]
    seconds = np.where(np.arange(len(log)) == 0, usual * 20, log.working_seconds)
    names = (*log.cop.names, "newcomer")
    cop = replace(log.cop, names=names, code=np.where(np.arange(len(log)) == 0, len(names) - 1, log.cop.code))
    after = learn(replace(log, working_seconds=seconds, cop=cop)).quantiles(newcomer, MEDIAN)[0, 0]
    assert usual < after < 1.6 * usual


def test_a_new_cop_is_predicted_as_cops_usually_are_and_less_surely(model, long):
    known = long[0].log.take(np.arange(500))
    new = replace(known, cop=renamed(known.cop, "newcomer"))
    levels = np.array([0.1, 0.5, 0.9])
    ours, theirs = np.log(model.quantiles(known, levels)), np.log(model.quantiles(new, levels))
    assert theirs[:, 1].mean() == pytest.approx(ours[:, 1].mean(), abs=0.1)
    assert (theirs[:, 2] - theirs[:, 0]).mean() > 1.03 * (ours[:, 2] - ours[:, 0]).mean()


def test_a_new_issue_type_is_predicted_between_the_known_ones_and_its_range_holds_them(model, long):
    known = long[0].log
    new = replace(known, issue_type=renamed(known.issue_type, "brand new"), cop=renamed(known.cop, "newcomer"))
    found = model.quantiles(new.take(np.arange(2_000)), np.array([0.1, 0.5, 0.9]))
    centres = [np.median(known.working_seconds[known.issue_type.code == t]) for t in range(8)]
    assert min(centres) < np.median(found[:, 1]) < max(centres)
    held = (known.working_seconds[:2_000] >= found[:, 0]) & (known.working_seconds[:2_000] <= found[:, 2])
    assert held.mean() > 0.8


def test_a_new_issue_type_goes_by_its_stated_handle_time():
    log = draw(Truth(n_types=20), 8_000, 6)[0].log
    middle = np.array([np.median(log.working_seconds[log.issue_type.code == t]) for t in range(20)])
    stated = learn(replace(log, stated_seconds=1.3 * middle[log.issue_type.code]))
    asked = replace(log.take(np.arange(2)), issue_type=renamed(log.issue_type.take(np.arange(2)), "brand new"))
    asked = replace(asked, stated_seconds=np.array([200.0, 800.0]), words=np.array([20.0, 20.0]))
    short, large = stated.quantiles(asked, MEDIAN)[:, 0]
    assert 2.5 < large / short < 6


@pytest.mark.parametrize("seed", [7, 8])
def test_open_work_taken_as_a_bound_is_nearer_the_truth_than_work_left_out(seed):
    seen, later = draw(Truth(), 3_000, seed, open_share=0.3)
    bias = {}
    for name, log in (("bound", seen.log), ("left out", seen.log.take(seen.log.finished))):
        bias[name] = float((np.log(learn(log).quantiles(later.log, MEDIAN)[:, 0]) - later.centre).mean())
    assert seen.log.finished.mean() < 0.8
    assert abs(bias["bound"]) < 0.04
    assert bias["left out"] < -0.1


def test_a_log_with_too_little_finished_is_refused(long):
    few = long[0].log.take(np.arange(30))
    with pytest.raises(LogInvalid, match="10 of 30 conversations are finished; at least 20"):
        fit_log(replace(few, finished=np.arange(30) < 10))


def test_one_cop_one_type_and_nothing_else_known_is_enough():
    log = draw(Truth(n_types=1, n_cops=1), 40, 9)[0].log
    blank = replace(log, words=np.full(40, np.nan), channel=renamed(log.channel, ""))
    found = learn(blank).quantiles(blank, LEVELS)
    assert np.isfinite(found).all()
    assert (np.diff(found, axis=1) > 0).all()


def test_what_was_learned_is_a_matching_file_that_the_matcher_reads(model, long, tmp_path):
    file = tmp_path / "matching.toml"
    file.write_text(as_toml(learned(model, long[0].log), "learned from a test"))
    parameters = read_policy(file).matching
    assert parameters.pair_log_sd == pytest.approx(0.25, abs=0.04)
    assert parameters.handle_time_log_sd > 0.6


def test_without_individuals_nothing_of_a_cop_is_kept_or_told_apart(long):
    log = long[0].log.without_individuals()
    found = learn(log)
    assert not found.individual
    assert (found.fit.layout.cops, found.fit.variances.cop, found.fit.variances.pair) == ((), 0.0, 0.0)
    assert not found.fit.effects.cop.any() and not found.fit.effects.pair.any()
    named = found.quantiles(long[1].log, LEVELS)
    assert np.array_equal(named, found.quantiles(long[1].log.without_individuals(), LEVELS))
    parameters = matching_parameters(found, log)
    assert (parameters.cop_log_sd, parameters.pair_log_sd) == (0.001, 0.001)
