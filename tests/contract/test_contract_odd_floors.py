"""Contract: what is odd about a floor concerns those it concerns; each is named, and the tick goes on for the rest."""

from datetime import timedelta

import pytest
from builders import FixedPacks, FrozenClock, make_context, make_conversation, make_cop, make_pack
from global_matching import GlobalMatcher
from seeds import committed, read

from routing.domain.conversation import ConversationState
from routing.domain.cop import Channel, Cop, Presence
from routing.ports import MatchingPlan, MatchingProblem, Store
from routing.services import matching, presence
from routing.services.context import Context


class Watching:
    """The real matcher, and its last plan."""

    plan: MatchingPlan

    def match(self, problem: MatchingProblem) -> MatchingPlan:
        self.plan = GlobalMatcher().match(problem)
        return self.plan


def a_floor(store: Store, *cops: Cop) -> Context:
    context = make_context(store, clock=FrozenClock(), packs=FixedPacks(make_pack(cops)))
    for cop in cops:
        presence.set_presence(context, presence.PresenceChange(cop.id, Presence.AVAILABLE, "test"))
    return context


def wait(context: Context, id: str, key: str = "card_late", **changes: object) -> None:
    facts = {"state": ConversationState.WAITING, "issue_type": key, "candidates": ((key, 1.0),), "language": "en"}
    committed(context.store, lambda uow: uow.conversations.add(make_conversation(id, **{**facts, **changes})))


def tick(context: Context) -> tuple[dict[str, str], MatchingPlan]:
    matcher = Watching()
    matching.tick(context, matcher, "main", "one")
    pending = read(context.store, lambda uow: uow.offers.pending())
    return {offer.conversation_id: offer.cop_id for offer in pending}, matcher.plan


NOVICE = make_cop("nell", skills={}, capacity={Channel.CHAT: 9})
DESKLESS = make_cop("dora", capacity={Channel.CHAT: 0})


def test_a_cop_with_no_skills_is_given_nothing_and_the_others_work(store: Store) -> None:
    context = a_floor(store, NOVICE, make_cop("ada"))
    wait(context, "c-1")
    offered, plan = tick(context)
    assert offered == {"c-1": "ada"}
    assert plan.fallback_reason is None


@pytest.mark.parametrize(("cop", "reason"), [(NOVICE, "no_eligible_cop"), (DESKLESS, "all_eligible_full")])
def test_where_nobody_could_take_anybody_each_is_told_why(store: Store, cop: Cop, reason: str) -> None:
    context = a_floor(store, cop)
    wait(context, "c-1")
    wait(context, "c-2", fraud=True)
    offered, plan = tick(context)
    assert offered == {}
    assert plan.unassigned == {"c-1": reason, "c-2": reason}
    assert plan.fallback_reason is None


def test_an_issue_type_that_nobody_can_serve_keeps_only_its_own_customers_waiting(store: Store) -> None:
    context = a_floor(store, make_cop("ada", skills={"card_late": 0.9}))
    wait(context, "stuck", key="limit_raise")
    wait(context, "fine")
    offered, plan = tick(context)
    assert offered == {"fine": "ada"}
    assert plan.unassigned == {"stuck": "no_eligible_cop"}


def test_a_conversation_that_cannot_be_read_waits_by_name_and_the_tick_goes_on(store: Store) -> None:
    """A wait of forty years, the work of a clock gone wrong, is outside what exact arithmetic can weigh."""
    context = a_floor(store, make_cop("ada"))
    wait(context, "ancient", received_at=context.clock.now() - timedelta(days=40 * 365))
    wait(context, "fine")
    offered, plan = tick(context)
    assert offered["fine"] == "ada"
    assert plan.unassigned == {"ancient": "unreadable"}
