"""Why this COp: terms, alternatives, barred COps and what would change the answer, in words."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from optimizer.costs import Term
from optimizer.explain import explain
from optimizer.matching import match
from optimizer.plan import Obstacle, WaitReason
from optimizer.rules import Rule
from optimizer.snapshot import SteeringFacts

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_an_assignment_is_explained_against_its_rival(make_conversation, make_cop, make_snapshot):
    snapshot = make_snapshot([make_conversation()], [make_cop("anna"), make_cop("ben", languages={"en": 0.5})])
    explanation = explain(snapshot, match(snapshot), "c1")
    assert explanation.chosen.cop_id == "anna"
    assert [each.cop_id for each in explanation.alternatives] == ["ben"]
    assert explanation.chosen.value - explanation.alternatives[0].value == 6000
    assert explanation.flip.cop_id == "ben"
    assert explanation.sentence == (
        "COp anna gets it. The next best for it, ben, would be worth 60.0 s less. "
        "Were anna worth 60.0 s less for it, COp ben would take it."
    )


def test_giving_way_to_others_is_said(make_conversation, make_cop, make_snapshot):
    """Ben is best for both, but only Ben knows loans."""
    waiting = [make_conversation("card"), make_conversation("loan", candidates=(("loan", 1.0),))]
    cops = [make_cop("anna", skills={"cards": 0.7}), make_cop("ben")]
    snapshot = make_snapshot(waiting, cops, weights={"load_weight_seconds": 0})
    explanation = explain(snapshot, match(snapshot), "card")
    assert explanation.chosen.cop_id == "anna"
    assert explanation.alternatives[0].slots_left == 0
    assert "ben would be worth 90.0 s more for it, but does more for others" in explanation.sentence


def test_who_would_have_been_better_is_named_with_what_stood_in_the_way(make_conversation, make_cop, make_snapshot):
    waiting = [make_conversation("card"), make_conversation("loan", candidates=(("loan", 1.0),))]
    cops = [
        make_cop("anna", skills={"cards": 0.7}),
        make_cop("ben"),
        make_cop("cleo", free={"chat": 0}),
        make_cop("dan", languages={"fr": 1.0}),
    ]
    snapshot = make_snapshot(waiting, cops, weights={"load_weight_seconds": 0, "language_weight_seconds": 0})
    explanation = explain(snapshot, match(snapshot), "card")
    assert explanation.chosen.cop_id == "anna"
    assert {(each.cop_id, each.obstacle, each.rules, each.given) for each in explanation.better} == {
        ("ben", Obstacle.ELSEWHERE, (), ("loan",)),
        ("cleo", Obstacle.FULL, (Rule.FREE_SLOT,), ()),
        ("dan", Obstacle.RULE, (Rule.LANGUAGE,), ()),
    }
    assert explanation.chosen.passed_over.cop_id in ("ben", "cleo")


def test_what_would_have_moved_it_is_said_in_words(make_conversation, make_cop, make_snapshot):
    cops = [make_cop("anna", skills={"cards": 0.7}), make_cop("cleo", free={"chat": 0}), make_cop("dan", languages={})]
    snapshot = make_snapshot([make_conversation()], cops, weights={"language_weight_seconds": 0})
    sentences = [each.sentence for each in explain(snapshot, match(snapshot), "c1").changes]
    assert "Had cleo one more slot, COp cleo would take it." in sentences
    assert "Did the rule language not bar dan, COp dan would take it." in sentences
    assert any(each.startswith("Were its urgency with anna worth") and "it would wait" in each for each in sentences)
    assert match(snapshot).assignments[0].runner_up is None


def test_the_term_that_decides_between_two_is_named(make_conversation, make_cop, make_snapshot):
    snapshot = make_snapshot([make_conversation()], [make_cop("anna"), make_cop("ben", languages={"en": 0.5})])
    explanation = explain(snapshot, match(snapshot), "c1")
    assert explanation.decided_by is Term.LANGUAGE
    assert "Were its language with anna worth 60.01 s less, COp ben would take it." in [
        each.sentence for each in explanation.changes
    ]


def test_a_customer_held_back_is_told_how_much_longer_that_lasts(make_conversation, make_cop, make_snapshot):
    """One priced COp is free and worth more elsewhere; after the longest hold that no longer counts."""
    dear = SteeringFacts(NOON, "", 1.0, 1.0, {"anna": 12.0}, {("card", "GB", "en"): 100.0})
    waiting = make_conversation(waiting_seconds=10.0, target_seconds=900.0)
    snapshot = make_snapshot([waiting], [make_cop()], steering=dear)
    explanation = explain(snapshot, match(snapshot), "c1")
    assert explanation.reason is WaitReason.HELD_BACK
    assert "Had it waited 170.0 s longer, COp anna would take it." in [each.sentence for each in explanation.changes]


def test_somebody_nobody_else_could_take_is_said(make_conversation, make_cop, make_snapshot):
    snapshot = make_snapshot([make_conversation()], [make_cop()])
    explanation = explain(snapshot, match(snapshot), "c1")
    assert "No other COp can take it." in explanation.sentence
    assert "it would wait" in explanation.sentence
    assert explanation.flip.loss == explanation.chosen.value


def test_a_waiting_conversation_is_told_how_much_it_lacks(make_conversation, make_cop, make_snapshot):
    waiting = [make_conversation("c1"), make_conversation("c2", priority=1)]
    snapshot = make_snapshot(waiting, [make_cop()], weights={"load_weight_seconds": 0})
    plan = match(snapshot)
    explanation = explain(snapshot, plan, "c1")
    assert explanation.reason is WaitReason.OUTRANKED
    lacking = next(iter(plan.assignments)).value - explanation.alternatives[0].value
    assert explanation.flip.loss == lacking
    assert f"Were it worth {lacking / 100:.1f} s more, COp anna would take it." in explanation.sentence


def test_an_unreadable_conversation_is_explained_by_its_fault(make_conversation, make_cop, make_snapshot):
    snapshot = make_snapshot([make_conversation(priority=9)], [make_cop()])
    assert "priority: 9" in explain(snapshot, match(snapshot), "c1").sentence


def test_a_greedy_plan_is_explained_as_greedy(make_conversation, make_cop, make_snapshot):
    snapshot = make_snapshot([make_conversation()], [make_cop()])

    def broken(network, time_limit_seconds):
        raise RuntimeError

    explanation = explain(snapshot, match(snapshot, solver=broken), "c1")
    assert explanation.flip is None
    assert "greedy" in explanation.sentence


def test_an_unknown_conversation_is_refused(make_conversation, make_cop, make_snapshot):
    snapshot = make_snapshot([make_conversation()], [make_cop()])
    plan = match(snapshot)
    with pytest.raises(KeyError):
        explain(snapshot, replace(plan, assignments=()), "c1")
