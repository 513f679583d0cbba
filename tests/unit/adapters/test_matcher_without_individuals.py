"""Without individual performance the matcher predicts the same handle time for every COp."""

import numpy as np
from builders import NOON, make_cop, make_taxonomy

from optimizer import handle_time
from optimizer.encoding import encode
from optimizer.parameters import MatchingParameters
from optimizer.problem import HandleTimeArrays
from optimizer.tables import tabulate
from routing.adapters.matcher import snapshot_of
from routing.domain.cop import CopStatus
from routing.domain.outcome import NOBODY, HandleTimeStatistics
from routing.ports import MatchingProblem


def test_facts_of_nobody_move_the_issue_type_and_no_cop():
    cops = tuple((make_cop(id), CopStatus(make_cop(id).id)) for id in ("ada", "ben", "cleo"))
    facts = (HandleTimeStatistics("card_late", NOBODY, 500, 5.0, 200.0),)
    problem = MatchingProblem(NOON, (), cops, make_taxonomy(), facts)
    arrays, codes = encode(snapshot_of(problem, MatchingParameters()))
    tables = tabulate(arrays)
    late = codes.issue_types["card_late"]
    assert np.ptp(tables.expected, axis=1).max() == 0.0
    assert tables.expected[late, 0] == tables.typical[late] != 240.0


def test_a_cop_with_many_conversations_of_one_type_does_not_carry_all_of_it_to_another():
    """However many conversations of one type there are, they are one pair: half a pair's excess may be the pair's."""
    p = MatchingParameters()
    facts = HandleTimeArrays(
        np.array([0], np.int64), np.array([0], np.int64), np.array([1e6]), np.array([np.log(600.0)]), np.array([0.49])
    )
    model = handle_time.fit(np.array([300.0, 300.0]), 2, facts, p)
    share = p.cop_log_sd**2 / (p.cop_log_sd**2 + p.pair_log_sd**2)
    excess = model.cop_effect[0] + model.pair_effect[0, 0]
    assert model.cop_effect[0] == np.clip(model.cop_effect[0], 0.9 * share * excess, 1.1 * share * excess)
