"""What the optimizer is told of the floor: uncertainty and skipped COps never strand a customer."""

from datetime import timedelta

import pytest
from builders import NOON, make_conversation, make_cop, make_issue_type, make_taxonomy
from global_matching import GlobalMatcher

from routing.adapters.matcher import snapshot_of
from routing.domain.conversation import Conversation, ConversationState
from routing.domain.cop import Channel, Cop, CopStatus, Presence
from routing.domain.outcome import HandleTimeStatistics
from routing.ports import MatchingProblem

CARDS, FRAUD, LOANS = (make_issue_type(key, skill=key) for key in ("cards", "fraud", "loans"))


def a_waiting(**changes: object) -> Conversation:
    values = {"state": ConversationState.WAITING, "language": "en", "waiting_since": NOON - timedelta(seconds=90)}
    return make_conversation(**{**values, **changes})


def a_cop(id: str, *skills: str, **changes: object) -> Cop:
    return make_cop(id, skills=dict.fromkeys(skills, 0.9), languages={"en": 1.0}, **changes)


def a_problem(conversations: list[Conversation], cops: list[Cop], **status: object) -> MatchingProblem:
    pairs = tuple(
        (cop, CopStatus(cop.id, Presence.AVAILABLE, NOON, **{"load": {}, "capacity": cop.capacity, **status}))
        for cop in cops
    )
    return MatchingProblem(NOON, tuple(conversations), pairs, make_taxonomy((CARDS, FRAUD, LOANS)), ())


def seen(problem: MatchingProblem, position: int = 0) -> object:
    return snapshot_of(problem, GlobalMatcher().parameters).conversations[position]


def test_candidates_that_one_cop_covers_stay_as_they_are():
    candidates = (("cards", 0.6), ("fraud", 0.4))
    problem = a_problem([a_waiting(candidates=candidates)], [a_cop("ann", "cards", "fraud")])
    assert seen(problem).candidates == candidates


def test_candidates_that_nobody_covers_are_narrowed_to_those_somebody_can_take():
    candidates = (("loans", 0.34), ("cards", 0.33), ("fraud", 0.33))
    problem = a_problem([a_waiting(candidates=candidates)], [a_cop("ann", "loans"), a_cop("bob", "cards")])
    assert seen(problem).candidates == candidates[:2]


def test_cops_of_other_markets_do_not_count_as_able():
    candidates = (("loans", 0.5), ("cards", 0.3), ("fraud", 0.2))
    abroad = a_cop("ann", "loans", "cards", "fraud", markets=frozenset({"elsewhere"}))
    problem = a_problem([a_waiting(candidates=candidates)], [abroad, a_cop("bob", "fraud")])
    assert seen(problem).candidates == candidates[:1]


def test_candidates_that_only_a_full_cop_covers_are_narrowed_for_one_who_is_free():
    candidates = (("loans", 0.4), ("cards", 0.3), ("fraud", 0.3))
    full = (
        a_cop("ann", "cards", "fraud", "loans"),
        CopStatus("ann", load={Channel.CHAT: 2}, capacity={Channel.CHAT: 2}),
    )
    free = (a_cop("bob", "loans"), CopStatus("bob", load={}, capacity={Channel.CHAT: 2}))
    problem = a_problem([a_waiting(candidates=candidates)], [])
    crowded = MatchingProblem(NOON, problem.conversations, (full, free), problem.taxonomy, ())
    assert seen(crowded).candidates == candidates[:2]
    assert [offer.cop_id for offer in GlobalMatcher().match(crowded).offers] == ["bob"]


def test_when_nobody_is_free_the_candidates_stay_wide_for_whoever_is_free_first():
    candidates = (("loans", 0.4), ("cards", 0.3), ("fraud", 0.3))
    problem = a_problem(
        [a_waiting(candidates=candidates)],
        [a_cop("ann", "cards", "fraud", "loans"), a_cop("bob", "loans")],
        load={Channel.CHAT: 2},
        capacity={Channel.CHAT: 2},
    )
    assert seen(problem).candidates == candidates


def test_a_language_that_nobody_able_speaks_is_kept_until_the_service_target():
    waiting = a_waiting(candidates=(("cards", 1.0),), language="cy", target_seconds=91.0)
    problem = a_problem([waiting], [a_cop("bob", "cards")])
    assert seen(problem).language == "cy"
    assert GlobalMatcher().match(problem).offers == ()


@pytest.mark.parametrize("cannot_wait", [{"target_seconds": 90.0}, {"fraud": True}, {"vulnerable": True}])
def test_a_language_that_nobody_able_speaks_is_then_matched_by_the_one_most_of_them_do(cannot_wait: dict[str, object]):
    waiting = a_waiting(candidates=(("cards", 1.0),), language="cy", **cannot_wait)
    welsh = make_cop("ann", skills={"loans": 0.9}, languages={"cy": 1.0})
    problem = a_problem([waiting], [welsh, a_cop("bob", "cards"), a_cop("cleo", "cards")])
    assert seen(problem).language == "en"
    assert [offer.cop_id for offer in GlobalMatcher().match(problem).offers] in (["bob"], ["cleo"])


def test_a_language_that_somebody_able_speaks_is_kept_even_while_they_are_full():
    waiting = a_waiting(candidates=(("cards", 1.0),), language="cy", target_seconds=60.0)
    welsh = make_cop("ann", skills={"cards": 0.9}, languages={"cy": 1.0})
    problem = a_problem([waiting], [welsh, a_cop("bob", "cards")], load={Channel.CHAT: 2})
    assert seen(problem).language == "cy"


def test_a_cop_who_declined_is_skipped_while_somebody_else_can_help():
    waiting = a_waiting(candidates=(("cards", 1.0),), excluded=("ann",))
    problem = a_problem([waiting], [a_cop("ann", "cards"), a_cop("bob", "cards")])
    assert seen(problem).excluded_cop_ids == {"ann"}


def test_when_everybody_able_was_skipped_the_earliest_is_asked_again():
    waiting = a_waiting(candidates=(("cards", 1.0),), excluded=("ann", "bob"))
    problem = a_problem([waiting], [a_cop("ann", "cards"), a_cop("bob", "cards"), a_cop("cy", "loans")])
    assert seen(problem).excluded_cop_ids == {"bob"}
    assert [offer.cop_id for offer in GlobalMatcher().match(problem).offers] == ["ann"]


def test_free_slots_load_and_age_are_passed_on():
    status = {"load": {Channel.CHAT: 2}, "capacity": {Channel.CHAT: 3, Channel.EMAIL: 1}}
    cop = a_cop("ann", "cards", capacity={Channel.CHAT: 3, Channel.EMAIL: 1})
    problem = a_problem([a_waiting(candidates=(("cards", 1.0),))], [cop], **status)
    snapshot = snapshot_of(problem, GlobalMatcher().parameters)
    assert (snapshot.cops[0].free, snapshot.cops[0].load) == ({Channel.CHAT: 1, Channel.EMAIL: 1}, 2)
    assert snapshot.conversations[0].waiting_seconds == 90


def test_handle_times_carry_the_sample_variance():
    statistics = HandleTimeStatistics("cards", "ann").observe(5.0).observe(6.0).observe(7.0)
    problem = a_problem([], [a_cop("ann", "cards")])
    told = snapshot_of(
        MatchingProblem(NOON, (), problem.cops, problem.taxonomy, (statistics,)), GlobalMatcher().parameters
    ).handle_times[0]
    assert (told.count, told.mean_log_seconds) == (3, pytest.approx(6.0))
    assert told.var_log_seconds == pytest.approx(1.0)


def test_an_offer_says_why_in_terms_that_can_be_stored():
    problem = a_problem([a_waiting(candidates=(("cards", 1.0),))], [a_cop("ann", "cards"), a_cop("bob", "cards")])
    [offer] = GlobalMatcher().match(problem).offers
    assert {"terms", "value", "runner_up", "solver"} <= set(offer.why)
    assert offer.why["runner_up"]["cop_id"] != offer.cop_id
    assert all({"name", "value", "unit", "note"} == set(term) for term in offer.why["terms"])
