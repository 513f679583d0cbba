"""Why this COp: terms, alternatives, barred COps and what would change the answer, in words."""

from dataclasses import replace

import pytest

from optimizer.explain import explain
from optimizer.matching import match
from optimizer.plan import WaitReason


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
