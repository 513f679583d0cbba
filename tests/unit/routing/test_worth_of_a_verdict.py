"""Worth: what a verdict would change, teach and press for, and that the whole of it orders the queue."""

import pytest
from builders import make_issue_type, make_review, make_taxonomy, make_triage

from routing.domain.issue import Decision, Triage
from routing.domain.policy import Policy
from routing.domain.service_level import ServiceTarget
from routing.domain.worth import (
    Question,
    Term,
    Weights,
    apart,
    cost_of_a_wrong_route,
    lesson_of,
    pressure_of,
    still_teaches,
    worth_of,
)

TAXONOMY = make_taxonomy(
    (
        make_issue_type("card_lost", skill="cards", priority=3),
        make_issue_type("card_late", skill="cards", priority=3),
        make_issue_type("loan", skill="lending", priority=3),
        make_issue_type("scam", skill="fraud", priority=1, fraud=True, service_target=ServiceTarget(0.8, 30.0)),
    )
)
EVEN = Weights(1.0, 1.0, 1.0)


def torn(first: str, second: str, lead: float = 0.0, novelty: float = 0.1) -> Triage:
    """Two types, the first ahead of the second by `lead`."""
    pair = ((first, (1 + lead) / 2), (second, (1 - lead) / 2))
    return make_triage(first, pair[0][1], decision=Decision.REVIEW, distribution=pair, novelty=novelty)


def asked(triage: Triage, alike: float = 0.0) -> Question:
    return Question(triage, alike, never_waits_from=0.1, deadline_seconds=60)


def test_confusing_types_that_go_the_same_way_costs_nothing() -> None:
    assert cost_of_a_wrong_route(torn("card_lost", "card_late"), TAXONOMY) == 0.0


def test_a_wrong_route_costs_by_its_probability_and_by_how_far_it_leads_astray() -> None:
    near, far = torn("card_lost", "loan"), torn("card_lost", "scam")
    assert cost_of_a_wrong_route(near, TAXONOMY) == pytest.approx(0.5 * 0.5)
    assert cost_of_a_wrong_route(far, TAXONOMY) == pytest.approx(0.5 * (0.5 + 0.25 * 0.5 + 0.25))
    assert cost_of_a_wrong_route(torn("card_lost", "loan", lead=0.8), TAXONOMY) == pytest.approx(0.1 * 0.5)


def test_two_types_are_as_far_apart_one_way_as_the_other() -> None:
    for one in TAXONOMY.issue_types.values():
        assert apart(one, one) == 0.0
        for other in TAXONOMY.issue_types.values():
            assert apart(one, other) == apart(other, one) <= 1.0


def test_a_guess_that_left_the_taxonomy_is_routed_wrongly_for_certain() -> None:
    assert cost_of_a_wrong_route(torn("retired", "loan"), TAXONOMY) == 1.0


def test_what_is_in_doubt_and_near_other_questions_teaches_most() -> None:
    doubtful, plain = torn("card_lost", "loan"), torn("card_lost", "loan", lead=0.6)
    assert lesson_of(doubtful, 1.0) == pytest.approx(1.0)
    assert lesson_of(doubtful, 0.0) == pytest.approx(0.5)
    assert lesson_of(plain, 1.0) == pytest.approx(0.4)


def test_a_message_stranger_than_most_teaches_however_sure_its_guess_is() -> None:
    assert lesson_of(torn("card_lost", "loan", lead=1.0, novelty=0.9), 1.0) == pytest.approx(0.8)
    assert lesson_of(torn("card_lost", "loan", lead=1.0, novelty=0.5), 1.0) == 0.0


def test_one_candidate_alone_is_no_doubt() -> None:
    assert lesson_of(make_triage(distribution=(("card_lost", 1.0),)), 1.0) == 0.0


def test_a_little_fraud_presses_as_much_as_it_may_before_nobody_is_asked() -> None:
    calm = asked(torn("card_lost", "loan", lead=1.0))
    risky = asked(torn("card_lost", "scam", lead=0.9))
    assert pressure_of(calm, TAXONOMY) == pytest.approx(0.5)
    assert pressure_of(asked(torn("card_lost", "scam", lead=0.84)), TAXONOMY) == pytest.approx(0.8)
    assert pressure_of(risky, TAXONOMY) > 0.5


def test_a_review_that_takes_up_the_service_target_is_urgent() -> None:
    slow = Question(torn("card_lost", "loan"), 0.0, never_waits_from=0.1, deadline_seconds=270)
    assert pressure_of(slow, TAXONOMY) == pytest.approx(0.9)


def test_the_value_is_the_sum_of_its_weighted_reasons_the_largest_first() -> None:
    worth = worth_of(asked(torn("card_lost", "loan"), alike=1.0), TAXONOMY, Weights(2.0, 1.0, 0.1))
    assert worth.reasons == ((Term.TEACHING, 1.0), (Term.ROUTING, 0.5), (Term.URGENCY, 0.05))
    assert worth.value == pytest.approx(1.55)


def test_a_weight_of_nothing_takes_its_term_away() -> None:
    worth = worth_of(asked(torn("card_lost", "loan")), TAXONOMY, Weights(0.0, 0.0, 0.0))
    assert (worth.value, worth.reasons) == (0.0, ())


def test_every_triage_has_a_value_between_nothing_and_the_sum_of_the_weights() -> None:
    for triage in (
        torn(a, b, lead, novelty)
        for a in TAXONOMY.keys
        for b in TAXONOMY.keys
        for lead in (0.0, 1.0)
        for novelty in (0.0, 1.0)
    ):
        assert 0.0 <= worth_of(asked(triage, alike=2.0), TAXONOMY, EVEN).value <= 3.0


def test_what_has_lapsed_is_worth_what_it_still_teaches() -> None:
    reasons = ((str(Term.ROUTING), 0.7), (str(Term.TEACHING), 0.2))
    lapsed = make_review(value=0.9, value_reasons=reasons).lapse(make_review().deadline_at)
    assert lapsed.value == still_teaches(reasons) == 0.2
    assert make_review().lapse(make_review().deadline_at).value == 0.0


def test_the_policy_orders_by_default_what_changes_the_routing_first() -> None:
    weights = Policy().review_weights
    assert weights.routing > weights.teaching > 0
    assert weights.urgency > 0
