"""How much COps differ: estimates, intervals, and what follows from them."""

from dataclasses import replace

import numpy as np
import pytest
from handling_logs import Truth, draw

from optimizer.handle_times.errors import LogInvalid
from optimizer.handle_times.evaluation import ANONYMOUS, BY_TYPE, MODEL, RAW, evaluate
from optimizer.handle_times.fitting import fit_log
from optimizer.handle_times.spread import Verdict, spread


def test_the_intervals_hold_the_spreads_that_the_log_was_drawn_with():
    found = spread(fit_log(draw(Truth(), 8_000, 11)[0].log))
    assert found.cop.low < 0.15 < found.cop.high
    assert found.pair.low < 0.25 < found.pair.high
    assert found.pair.high - found.pair.low < 0.1
    assert found.verdict is Verdict.GAINS
    assert found.saving[1] < found.saving[0] < found.saving[2]


def test_cops_who_are_alike_are_not_told_apart():
    found = spread(fit_log(draw(Truth(cop_sd=0.0, pair_sd=0.0), 8_000, 12)[0].log))
    assert found.cop.low == found.pair.low == 0.0
    assert found.saving_now < 0.03
    assert found.verdict is not Verdict.GAINS


def test_a_longer_log_narrows_the_interval():
    log = draw(Truth(), 16_000, 13)[0].log
    short, long = (spread(fit_log(log.take(np.arange(n)))).pair for n in (2_000, 16_000))
    assert long.high - long.low < short.high - short.low


def test_one_cop_cannot_be_compared_with_anybody():
    log = draw(Truth(n_cops=1), 200, 14)[0].log
    with pytest.raises(LogInvalid, match="at least 2 are needed"):
        spread(fit_log(log))


def test_an_evaluation_learns_from_the_past_and_is_scored_on_what_came_later():
    seen = draw(Truth(), 8_000, 15, open_share=0.1)[0]
    found = evaluate(seen.log, 0.25)
    assert found.learned_from == 6_000
    assert found.tested_on == int(seen.log.finished[6_000:].sum())
    assert found.still_open >= int((~seen.log.finished[:6_000]).sum())
    assert found.scores[MODEL].loss < found.scores[ANONYMOUS].loss < found.scores[BY_TYPE].loss
    assert found.scores[MODEL].loss < found.scores[RAW].loss
    assert found.scores[MODEL].coverage == pytest.approx(0.8, abs=0.03)


def test_work_that_ran_past_the_split_is_still_open_at_the_split():
    log = draw(Truth(), 300, 16)[0].log
    at = float(log.opened_at[200]) + 1
    past = log.as_of(at)
    assert len(past) == 201
    assert not past.finished[200]
    assert past.working_seconds[200] == 1.0
    assert (past.working_seconds <= np.maximum(at - past.opened_at, 1)).all()


def test_a_log_of_which_nothing_later_is_finished_cannot_be_tested_on():
    log = draw(Truth(), 400, 17)[0].log
    with pytest.raises(LogInvalid, match="nothing to test on"):
        evaluate(replace(log, finished=np.arange(400) < 200))
