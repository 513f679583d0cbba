"""Practice: who learns is given at least so much of it, where there is some and no rule bars them."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from optimizer import checks
from optimizer.audit import audit
from optimizer.costs import Term
from optimizer.encoding import encode
from optimizer.errors import SnapshotInvalid
from optimizer.explain import explain
from optimizer.matching import match
from optimizer.network import build
from optimizer.parameters import MatchingParameters
from optimizer.plan import Plan, PlannedAssignment, SolverName
from optimizer.prepared import prepare
from optimizer.side.limit import Limit, LimitKind
from optimizer.side.nodes import constrain
from optimizer.side.practice import Practice
from optimizer.snapshot import CopState, IssueTypeFacts, Snapshot, WaitingConversation
from optimizer.wire import document_of, snapshot_from_document

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TYPES = (
    IssueTypeFacts("card", "cards", 300.0),
    IssueTypeFacts("fee", "cards", 300.0),
    IssueTypeFacts("loan", "loans", 600.0),
)
CARDS = frozenset({"card"})


def waiting(id: str, key: str = "card", **changes: object) -> WaitingConversation:
    values = {"market": "GB", "language": "en", "channel": "chat", "priority": 3}
    return WaitingConversation(id, ((key, 1.0),), waiting_seconds=30.0, target_seconds=60.0, **{**values, **changes})


def cop(id: str, skill: float, **free: int) -> CopState:
    return CopState(
        id, {"cards": skill, "loans": 1.0}, {"en": 1.0}, frozenset({"GB"}), free or {"chat": 9}, 0, available=True
    )


NOVICE, EXPERT = cop("ann", 0.3, chat=4), cop("bea", 1.0)
MANY = tuple(waiting(f"c{at}") for at in range(6))


def floor(*practices: Practice, conversations: tuple[WaitingConversation, ...] = MANY, **changes: object) -> Snapshot:
    values = {"parameters": MatchingParameters(time_limit_seconds=60, load_weight_seconds=0), **changes}
    return Snapshot(NOON, conversations, (NOVICE, EXPERT), TYPES, practices=practices, **values)


def of_ann(least: int = 2, types: frozenset[str] = CARDS, name: str = "cards, which ann learns") -> Practice:
    return Practice(name, "ann", least, types)


def given_to(plan: Plan) -> Counter[str]:
    return Counter(each.cop_id for each in plan.assignments)


def practice_terms(plan: Plan) -> list[float]:
    found = [term.seconds for each in plan.assignments for term in each.terms if term.name is Term.PRACTICE]
    return sorted(seconds for seconds in found if seconds)


def test_a_new_cop_is_given_what_they_learn_and_no_more_than_is_wanted() -> None:
    assert given_to(match(floor()))["ann"] == 0
    plan = match(floor(of_ann(2)))
    assert given_to(plan) == {"ann": 2, "bea": 4}
    assert practice_terms(plan) == [600, 600]
    assert (plan.gap, plan.fallback_reason) == (0, None)


def test_where_there_is_too_little_to_practise_the_plan_gives_what_there_is() -> None:
    few = (waiting("c1"), waiting("c2", "loan"))
    plan = match(floor(of_ann(50), conversations=few))
    assert {each.conversation_id: each.cop_id for each in plan.assignments}["c1"] == "ann"
    assert len(plan.assignments) == 2
    assert match(floor(of_ann(50), conversations=())).objective == 0


def test_practice_never_bends_a_hard_rule() -> None:
    barred = tuple(replace(each, forbidden_cop_ids=frozenset({"ann"})) for each in MANY)
    assert given_to(match(floor(of_ann(), conversations=barred))) == {"bea": 6}
    unskilled = replace(floor(of_ann()), cops=(replace(NOVICE, skills={"loans": 1.0}), EXPERT))
    assert given_to(match(unskilled)) == {"bea": 6}


def test_a_limit_holds_against_practice() -> None:
    most = Limit("ann holds one", frozenset({"ann"}), 1, CARDS, LimitKind.LEARNING)
    assert given_to(match(floor(of_ann(3), limits=(most,))))["ann"] == 1


def test_fraud_and_vulnerable_customers_are_never_for_practice() -> None:
    urgent = tuple(replace(each, fraud=at % 2 == 0, vulnerable=at % 2 == 1) for at, each in enumerate(MANY))
    plan = match(floor(of_ann(3), conversations=urgent))
    assert given_to(plan)["ann"] == 0
    assert practice_terms(plan) == []


def test_a_topic_inside_another_counts_towards_both() -> None:
    both = tuple(waiting(f"{key}{at}", key) for key in ("card", "fee") for at in range(4))
    family = of_ann(3, frozenset({"card", "fee"}), "the family")
    plan = match(floor(of_ann(1), family, conversations=both))
    mine = [each for each in plan.assignments if each.cop_id == "ann"]
    assert len(mine) == 3
    assert sum(each.conversation_id.startswith("card") for each in mine) >= 1
    assert sum(practice_terms(plan)) == 4 * 600
    assert plan.gap == 0


def test_topics_that_overlap_are_priced_and_what_that_may_lose_is_reported() -> None:
    three = tuple(waiting(f"{key}{at}", key) for key in ("card", "fee", "loan") for at in range(3))
    pairs = (frozenset({"card", "fee"}), frozenset({"fee", "loan"}))
    snapshot = floor(*(of_ann(2, types, f"topic {at}") for at, types in enumerate(pairs)), conversations=three)
    prepared = prepare(encode(snapshot)[0])
    assert prepared.problem.side is not None
    assert constrain(build(prepared), prepared, prepared.problem.side).priced_practice.size == 1
    found = audit(snapshot)
    assert found.proven
    assert found.holds


def test_who_answers_by_chat_and_mail_practises_on_both() -> None:
    mails = tuple(replace(waiting(f"m{at}"), channel="email") for at in range(2))
    learner = replace(NOVICE, free={"chat": 1, "email": 2})
    snapshot = replace(
        floor(of_ann(3), conversations=(*MANY, *mails)), cops=(learner, replace(EXPERT, free={"chat": 9}))
    )
    assert given_to(match(snapshot))["ann"] == 3
    found = audit(snapshot)
    assert found.proven
    assert found.holds


def test_the_offer_says_that_practice_decided_and_what_was_wanted() -> None:
    snapshot = floor(of_ann(1))
    plan = match(snapshot)
    [mine] = [each for each in plan.assignments if each.cop_id == "ann"]
    [note] = [term.note for term in mine.terms if term.name is Term.PRACTICE]
    assert note == "cards, which ann learns, 1 more wanted"
    assert explain(snapshot, plan, mine.conversation_id).decided_by is Term.PRACTICE


def test_the_greedy_plan_knows_practice_too() -> None:
    plan = match(floor(of_ann(2)), rule=SolverName.GREEDY)
    assert given_to(plan)["ann"] == 2
    assert practice_terms(plan) == [600, 600]


def test_without_practice_no_offer_speaks_of_it() -> None:
    assert all(term.name is not Term.PRACTICE for each in match(floor()).assignments for term in each.terms)


def claimed(each: PlannedAssignment, units: int) -> PlannedAssignment:
    terms = tuple(term._replace(value=units) if term.name is Term.PRACTICE else term for term in each.terms)
    return replace(each, terms=terms, value=sum(term.value for term in terms))


def test_a_plan_that_claims_more_practice_than_it_gives_is_refused() -> None:
    snapshot = floor(of_ann(1))
    plan = match(snapshot)
    for who, units in (("bea", 60_000), ("ann", 120_000), ("ann", 0)):
        at = next(at for at, each in enumerate(plan.assignments) if each.cop_id == who)
        first = claimed(plan.assignments[at], units)
        others = (*plan.assignments[:at], first, *plan.assignments[at + 1 :])
        forged = replace(plan, assignments=others, objective=sum(each.value for each in others))
        assert any("practice" in each for each in checks.findings(snapshot, forged))


@pytest.mark.parametrize("practices", [(of_ann(-1),), (of_ann(1_001),), (of_ann(), of_ann())])
def test_practice_that_cannot_be_is_refused_by_name(practices: tuple[Practice, ...]) -> None:
    with pytest.raises(SnapshotInvalid, match="practices"):
        match(floor(*practices))


def test_practice_of_whom_and_what_is_not_there_changes_nothing() -> None:
    strangers = (Practice("a", "zoe", 2, CARDS), Practice("b", "ann", 2, frozenset({"nothing"})))
    assert given_to(match(floor(*strangers))) == given_to(match(floor()))


def test_practice_survives_writing_and_reading() -> None:
    snapshot = floor(of_ann(2, frozenset({"card", "fee"})))
    assert snapshot_from_document(document_of(snapshot)) == snapshot
    old = {key: value for key, value in document_of(snapshot).items() if key != "practices"}
    assert snapshot_from_document(old).practices == ()
