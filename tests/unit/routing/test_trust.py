"""Whatever a matcher returns, a wrong plan is refused as a whole, and a plain one that breaks no rule stands in."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from builders import NOON, make_conversation, make_cop, make_market, make_taxonomy
from doubles import ScriptedMatcher, first_fit
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.domain.conversation import Conversation, ConversationId, ConversationState
from routing.domain.cop import Channel, Cop, CopId, CopStatus, Presence
from routing.domain.hard_rules import Breach
from routing.domain.limits import Conflict, LimitKind, WorkLimit
from routing.domain.software import Software
from routing.ports import MatchingPlan, MatchingProblem, PlannedOffer
from routing.services.trust import MATCHER_FAILED, PLAN_REFUSED, breaches, plain_plan, trusted_plan

ADA, BEN, BOT = CopId("ada"), CopId("ben"), CopId("bot")


def waiting(id: str = "c-1", **changes: Any) -> Conversation:
    types = (("card_late", 1.0),)
    facts = {"state": ConversationState.WAITING, "candidates": types, "issue_type": "card_late", "language": "en"}
    return make_conversation(id, **{**facts, **changes})


def problem(*conversations: Conversation, cops: tuple[Cop, ...] = (), **changes: Any) -> MatchingProblem:
    roster = cops or (make_cop("ada"), make_cop("ben"))
    pairs = tuple((cop, CopStatus(cop.id, Presence.AVAILABLE, NOON, {}, cop.capacity)) for cop in roster)
    markets = {market.key: market for market in (make_market("uk", backups=("ie",)), make_market("ie"))}
    made = MatchingProblem(NOON, conversations or (waiting(),), pairs, make_taxonomy(), (), markets)
    return replace(made, **changes)


def pair(conversation_id: str = "c-1", cop_id: str = "ada") -> PlannedOffer:
    return PlannedOffer(ConversationId(conversation_id), CopId(cop_id))


ATTEMPTS = Software({"card_late": 0.8}, 30.0, 60.0)
WRONG: dict[Breach, tuple[MatchingProblem, list[PlannedOffer]]] = {
    Breach.UNKNOWN_CONVERSATION: (problem(), [pair("c-9")]),
    Breach.UNKNOWN_COP: (problem(), [pair(cop_id="ghost")]),
    Breach.TWICE: (problem(), [pair(), pair(cop_id="ben")]),
    Breach.OVERFULL: (problem(*(waiting(f"c-{n}") for n in range(3))), [pair(f"c-{n}") for n in range(3)]),
    Breach.CHANNEL: (problem(waiting(channel=Channel.SOCIAL)), [pair()]),
    Breach.MARKET: (problem(waiting(market="ie")), [pair()]),
    Breach.SKILL: (problem(cops=(make_cop("ada", skills={"card_lost": 1.0}),)), [pair()]),
    Breach.LANGUAGE: (problem(waiting(language="fr")), [pair()]),
    Breach.CONFLICT: (
        problem(waiting(customer_id="k"), conflicts=(Conflict(frozenset({"k"}), frozenset({ADA})),)),
        [pair()],
    ),
    Breach.SOFTWARE: (
        problem(waiting(fraud=True), cops=(make_cop("bot", software=ATTEMPTS),), software=frozenset({BOT})),
        [pair(cop_id="bot")],
    ),
    Breach.LIMIT: (
        problem(waiting(), waiting("c-2"), limits=(WorkLimit("q", LimitKind.QUOTA, frozenset({ADA, BEN}), 1),)),
        [pair(), pair("c-2", "ben")],
    ),
}


@pytest.mark.parametrize("breach", Breach)
def test_each_breach_is_found_and_the_plain_plan_that_stands_in_is_sound(breach: Breach) -> None:
    asked, offers = WRONG[breach]
    assert set(breaches(asked, offers)) == {breach}

    matcher = ScriptedMatcher(plan=lambda _: [(each.conversation_id, each.cop_id) for each in offers])
    plan = trusted_plan(matcher, asked)

    assert (plan.solver, plan.fallback_reason) == ("plain", PLAN_REFUSED)
    assert not breaches(asked, plan.offers)


@pytest.mark.parametrize(
    "asked",
    [
        problem(cops=(make_cop("ada", markets=frozenset({"ie"})),)),
        problem(waiting(language="fr", fraud=True)),
        problem(waiting(language="fr", received_at=NOON - timedelta(seconds=300))),
        problem(waiting(candidates=(("limit_raise", 0.9), ("card_late", 0.1)))),
        problem(waiting(fraud=True), limits=(WorkLimit("l", LimitKind.LEARNING, frozenset({ADA}), 0),)),
        problem(waiting(), limits=(WorkLimit("q", LimitKind.QUOTA, frozenset({ADA}), 0, frozenset({"card_lost"})),)),
    ],
    ids=["a back-up market", "the fast lane", "past the target", "an uncertain type", "a spared limit", "another type"],
)
def test_what_policy_may_allow_is_no_breach(asked: MatchingProblem) -> None:
    assert not breaches(asked, [pair()])


def test_a_matcher_that_fails_is_stood_in_for_by_who_may_not_wait_then_the_oldest() -> None:
    def fail(_: MatchingProblem) -> list[tuple[str, str]]:
        raise RuntimeError("the solver crashed on 4000 1234")

    old = waiting("c-old", received_at=NOON - timedelta(minutes=9), waiting_since=NOON - timedelta(minutes=9))
    urgent, new = waiting("c-urgent", fraud=True), waiting("c-new")
    asked = problem(new, old, urgent, cops=(make_cop("ada"),))

    plan = trusted_plan(ScriptedMatcher(plan=fail), asked)

    assert plan.fallback_reason == MATCHER_FAILED
    assert [each.conversation_id for each in plan.offers] == ["c-urgent", "c-old"]
    assert {each.why["fallback_reason"] for each in plan.offers} == {MATCHER_FAILED}


def test_the_plain_plan_skips_who_declined_as_long_as_there_is_somebody_else() -> None:
    declined = waiting(excluded=(ADA,))
    assert [each.cop_id for each in plain_plan(problem(declined), "x").offers] == [BEN]
    assert [each.cop_id for each in plain_plan(problem(declined, cops=(make_cop("ada"),)), "x").offers] == [ADA]


words = st.sampled_from
conversations = st.builds(
    waiting,
    words([f"c-{n}" for n in range(12)]),
    market=words(["uk", "ie", "fr"]),
    channel=words([Channel.CHAT, Channel.EMAIL]),
    language=words(["en", "fr", None]),
    fraud=st.booleans(),
    customer_id=words(["k", None]),
    candidates=words([(("card_late", 1.0),), (("limit_raise", 0.5), ("card_lost", 0.4)), ()]),
)
cops = st.builds(
    make_cop,
    words([f"cop-{n}" for n in range(5)]),
    markets=words([frozenset({"uk"}), frozenset({"ie"}), frozenset({"uk", "fr"})]),
    languages=words([{"en": 1.0}, {"fr": 0.5}]),
    skills=words([{"card_late": 0.9}, {"limit_raise": 0.3, "card_lost": 0.0}]),
    capacity=words([{Channel.CHAT: 1}, {Channel.CHAT: 2, Channel.EMAIL: 1}]),
)
Mutation = Callable[[list[tuple[str, str]]], list[tuple[str, str]]]


@settings(max_examples=300)
@given(
    people=st.lists(conversations, max_size=8, unique_by=lambda c: c.id),
    roster=st.lists(cops, min_size=1, max_size=4, unique_by=lambda c: c.id),
    extra=st.lists(st.tuples(words([f"c-{n}" for n in range(13)]), words([f"cop-{n}" for n in range(6)])), max_size=4),
)
def test_any_plan_is_either_sound_or_replaced_by_one_that_is(
    people: list[Conversation], roster: list[Cop], extra: list[tuple[str, str]]
) -> None:
    conflicts = (Conflict(frozenset({"k"}), frozenset({CopId("cop-1")})),)
    asked = problem(*people, cops=tuple(roster), conflicts=conflicts) if people else problem(cops=tuple(roster))
    matcher = ScriptedMatcher(plan=lambda _: extra)

    plan: MatchingPlan = trusted_plan(matcher, asked)

    assert not breaches(asked, plan.offers)
    wrong = breaches(asked, [pair(*each) for each in extra])
    assert (plan.fallback_reason == PLAN_REFUSED) == bool(wrong)


def test_a_sound_plan_is_taken_as_it_is() -> None:
    asked = problem(waiting("c-1"), waiting("c-2"), waiting("c-3"))
    plan = trusted_plan(ScriptedMatcher(), asked)
    assert [(each.conversation_id, each.cop_id) for each in plan.offers] == first_fit(asked)
    assert plan.fallback_reason is None
