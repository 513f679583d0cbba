"""Without prices, who is first among those who wait alike: the shorter one, and nobody kept from a free COp."""

import numpy as np
import pytest

from optimizer import costs
from optimizer.board import Board
from optimizer.costs import UNITS_PER_SECOND
from optimizer.encoding import encode
from optimizer.handle_time import usual_seconds
from optimizer.matching import match
from optimizer.parameters import MatchingParameters
from optimizer.snapshot import IssueTypeFacts
from optimizer.steering import Steering

P = MatchingParameters()
CARD, FEE, LOAN = (
    IssueTypeFacts(key, "cards", seconds) for key, seconds in (("a", 200.0), ("b", 300.0), ("c", 4000.0))
)


def of(key, id, **changes):
    return {"id": id, "candidates": ((key, 1.0),), **changes}


def steering(trust):
    return Steering(np.ones(1), np.ones((1, 1, 1)), 1.0, trust)


def seconds(typical, usual=300.0, prices=None):
    return int(costs.brevity(np.array([typical]), usual, P, prices)[0]) / UNITS_PER_SECOND


def test_usual_is_the_median_of_the_issue_types():
    assert usual_seconds(np.array([200.0, 300.0, 4000.0])) == 300
    assert usual_seconds(np.zeros(0)) == 0


def test_shorter_than_usual_counts_for_and_longer_against_at_most_half_an_answer():
    assert [seconds(typical) for typical in (200.0, 300.0, 450.0)] == [100, 0, -150]
    assert seconds(4000.0) == -P.answer_value_seconds / 2
    assert seconds(1.0, usual=4000.0) == P.answer_value_seconds / 2


def test_length_fades_as_far_as_prices_are_trusted():
    assert seconds(200.0, prices=steering(0.25)) == 75
    assert seconds(200.0, prices=steering(1.0)) == 0


def test_of_two_that_wait_alike_the_shorter_is_first(make_conversation, make_cop, make_snapshot):
    waiting = [make_conversation(**of("b", "longer")), make_conversation(**of("a", "shorter"))]
    plan = match(make_snapshot(waiting, [make_cop()], issue_types=(CARD, FEE, LOAN)))
    assert [each.conversation_id for each in plan.assignments] == ["shorter"]


def test_a_very_long_conversation_is_not_kept_from_a_free_cop_and_outbids_short_ones_with_age(
    make_conversation, make_cop, make_snapshot
):
    types = (CARD, FEE, LOAN)
    alone = make_conversation(**of("c", "long", priority=5, waiting_seconds=0.0))
    plan = match(make_snapshot([alone], [make_cop()], issue_types=types))
    assert [each.conversation_id for each in plan.assignments] == ["long"]
    old = make_conversation(**of("c", "long", priority=5, waiting_seconds=180.0))
    short = make_conversation(**of("a", "short", priority=5, waiting_seconds=0.0))
    plan = match(make_snapshot([old, short], [make_cop()], issue_types=types))
    assert [each.conversation_id for each in plan.assignments] == ["long"]


@pytest.mark.parametrize("first", [0, 1])
def test_the_board_prefers_the_shorter_as_well(first, make_conversation, make_cop, make_snapshot):
    waiting = [make_conversation(**of("b", "longer")), make_conversation(**of("a", "shorter"))][:: 1 - 2 * first]
    problem, codes = encode(make_snapshot(waiting, [make_cop()], issue_types=(CARD, FEE, LOAN)))
    board = Board(problem.cops, problem.issue_types, problem.handle_times, problem.parameters)
    board.arrive(np.arange(2), problem.conversations, 0.0)
    (served,) = board.plan(0.0).ids.tolist()
    assert codes.conversations[served].id == "shorter"
