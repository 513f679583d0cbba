"""Contract of offers and assignments, over all three stores: taken, declined, lapsed, given back, wrapped up."""

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import NOON, FixedPacks, FrozenClock, make_context, make_cop, make_pack
from doubles import ScriptedMatcher
from global_matching import GlobalMatcher
from seeds import committed, read
from ticks import ADA, BEN, C1, DONE, State, assigned, load_of, manned, offer_of, offered, say, stored, tick, wait

from routing.domain.conversation import ConversationId
from routing.domain.cop import Channel, CopId, Presence
from routing.domain.errors import IllegalTransition, NotFound, NotTheOwner, OfferExpired
from routing.domain.label import LabelSource
from routing.domain.offer import OfferState
from routing.domain.outcome import Disposition, WrapUp
from routing.ports import MatchingProblem, Store
from routing.services import intake, matching, offers, wrap_up
from routing.services.context import Context


@pytest.fixture
def context(store: Store, clock: FrozenClock) -> Context:
    return manned(store, clock)


def test_an_accepted_offer_becomes_an_assignment_in_the_same_slot(context: Context, clock: FrozenClock) -> None:
    offer = offered(context)
    clock.advance(5)
    assignment = offers.accept(context, offer.id, ADA)

    conversation = stored(context)
    assert (conversation.state, conversation.last_cop_id) == (State.ASSIGNED, "ada")
    assert conversation.answered_at == NOON + timedelta(seconds=5)
    assert (assignment.cop_id, assignment.offer_id, assignment.issue_type) == ("ada", offer.id, "card_late")
    assert read(context.store, lambda uow: uow.assignments.active_for(C1)) == assignment
    assert load_of(context) == {Channel.CHAT: 1}
    with pytest.raises(IllegalTransition):
        offers.accept(context, offer.id, ADA)


def test_an_offer_is_answered_only_by_the_cop_it_is_held_for(context: Context) -> None:
    offer = offered(context)
    with pytest.raises(NotTheOwner, match="ada"):
        offers.accept(context, offer.id, BEN)
    with pytest.raises(NotTheOwner, match="ada"):
        offers.decline(context, offer.id, by=BEN)

    assert offer_of(context) == offer


def test_an_offer_accepted_at_its_deadline_is_refused_and_lapses(context: Context, clock: FrozenClock) -> None:
    offer = offered(context)
    clock.advance(context.policy.offer_ttl_seconds)
    with pytest.raises(OfferExpired):
        offers.accept(context, offer.id)

    assert offers.lapse_due(context) == 1
    assert offers.lapse_due(context) == 0


def test_who_lets_an_offer_lapse_is_skipped_and_the_customer_keeps_their_age(
    context: Context, clock: FrozenClock
) -> None:
    offered(context)
    clock.advance(context.policy.offer_ttl_seconds)
    offers.lapse_due(context)

    conversation = stored(context)
    assert (conversation.state, conversation.excluded, conversation.returns) == (State.WAITING, ("ada",), 1)
    assert conversation.waiting_since == NOON - timedelta(seconds=100)
    assert load_of(context) == {}
    tick(context)
    assert offer_of(context).cop_id == "ben"


def test_a_conversation_that_everybody_declines_comes_back_to_the_first_of_them(context: Context) -> None:
    wait(context, age_seconds=100)
    asked = []
    for _ in range(4):
        tick(context)
        offer = offer_of(context)
        asked.append(offer.cop_id)
        ended = offers.decline(context, offer.id, "not now", offer.cop_id)
        assert (ended.state, ended.reason) == (OfferState.DECLINED, "not now")

    assert asked == ["ada", "ben", "cleo", "ada"]
    assert stored(context).excluded == ("cleo", "ada")
    assert stored(context).waiting_since == NOON - timedelta(seconds=100)


@pytest.mark.parametrize("said", [Presence.AWAY, Presence.OFFLINE])
def test_a_cop_who_leaves_gives_offers_back_unblamed_and_keeps_their_work(context: Context, said: Presence) -> None:
    assignment = assigned(context)
    wait(context, "c-2")
    tick(context, ("c-2", "ada"))
    say(context, ADA, said)

    conversation = stored(context, "c-2")
    assert (conversation.state, conversation.excluded) == (State.WAITING, ())
    assert read(context.store, lambda uow: uow.assignments.active_for_cop(ADA)) == [assignment]
    assert load_of(context) == {Channel.CHAT: 1}
    assert read(context.store, lambda uow: uow.offers.latest_for(ConversationId("c-2"))).state is OfferState.RESCINDED


def test_a_busy_cop_keeps_the_offers_they_have_and_gets_no_more(context: Context) -> None:
    offer = offered(context)
    say(context, ADA, Presence.BUSY)
    wait(context, "c-2")
    tick(context)

    assert offer_of(context) == offer
    assert offer_of(context, "c-2").cop_id == "ben"
    assert offers.accept(context, offer.id, ADA).cop_id == "ada"


def test_presence_delivered_again_changes_nothing_and_nobody_is_not_found(context: Context) -> None:
    say(context, ADA, Presence.AWAY, "e-1")
    say(context, ADA, Presence.AVAILABLE, "e-2")
    say(context, ADA, Presence.AWAY, "e-1")

    assert read(context.store, lambda uow: uow.cops.status(ADA).presence) is Presence.AVAILABLE
    with pytest.raises(NotFound, match="ghost"):
        say(context, CopId("ghost"), Presence.AWAY)


def test_a_customer_who_leaves_frees_the_slot_that_was_held_for_them(context: Context) -> None:
    offer = offered(context)
    intake.abandon(context, C1, "left", "kafka")

    assert stored(context).state is State.ABANDONED
    assert load_of(context) == {}
    with pytest.raises(IllegalTransition):
        offers.accept(context, offer.id)


def test_wrapping_up_frees_the_slot_and_feeds_the_handle_times(context: Context, clock: FrozenClock) -> None:
    assignment = assigned(context)
    clock.advance(90)
    ended = wrap_up.wrap_up(context, assignment.id, DONE, ADA)

    assert (ended.disposition, ended.handle_time_seconds, ended.ended_at) == ("resolved", 61.0, clock.now())
    assert (stored(context).state, stored(context).ended_at) == (State.CLOSED, clock.now())
    assert load_of(context) == {}
    assert read(context.store, lambda uow: uow.handle_times.get("card_late", "ada")).count == 1
    assert read(context.store, lambda uow: uow.labels.all()) == []


def test_a_wrap_up_that_corrects_the_type_teaches_once(context: Context) -> None:
    wait(context)
    committed(context.store, lambda uow: uow.conversations.save(replace(uow.conversations.get(C1), state=State.CLOSED)))
    intake.receive(context, intake.IncomingMessage("e-1", "kafka", "raise my limit", "uk", conversation_id="c-1"))
    committed(
        context.store, lambda uow: uow.conversations.save(replace(uow.conversations.get(C1), state=State.WAITING))
    )
    tick(context, ("c-1", "ada"))
    assignment = offers.accept(context, offer_of(context).id)
    outcome = WrapUp(Disposition.RESOLVED, 61.0, "limit_raise")
    with pytest.raises(NotTheOwner, match="ada"):
        wrap_up.wrap_up(context, assignment.id, outcome, BEN)
    wrap_up.wrap_up(context, assignment.id, outcome, ADA)
    with pytest.raises(IllegalTransition):
        wrap_up.wrap_up(context, assignment.id, WrapUp(Disposition.RESOLVED, 61.0, "card_lost"), ADA)

    [label] = read(context.store, lambda uow: uow.labels.all())
    assert (label.text, label.issue_type, label.source) == ("raise my limit", "limit_raise", LabelSource.CORRECTION)
    assert stored(context).issue_type == "limit_raise"
    assert [row.issue_type for row in read(context.store, lambda uow: uow.handle_times.all())] == ["limit_raise"]


def test_a_transfer_puts_the_customer_back_with_their_age_for_somebody_else(
    context: Context, clock: FrozenClock
) -> None:
    assignment = assigned(context)
    clock.advance(10)
    wrap_up.transfer(context, assignment.id, "needs the limits desk", "limit_raise", ADA)

    conversation = stored(context)
    assert (conversation.state, conversation.excluded, conversation.last_cop_id) == (State.WAITING, ("ada",), None)
    assert conversation.waiting_since == NOON - timedelta(seconds=100)
    assert (conversation.issue_type, conversation.candidates) == ("limit_raise", (("limit_raise", 1.0),))
    assert load_of(context) == {}
    tick(context)
    second = offers.accept(context, offer_of(context).id)
    assert (second.cop_id, second.issue_type) == ("ben", "limit_raise")
    with pytest.raises(IllegalTransition):
        wrap_up.wrap_up(context, assignment.id, DONE, ADA)
    assert read(context.store, lambda uow: uow.assignments.active()) == [second]


def test_a_cop_whose_shift_is_over_is_offered_nothing(store: Store, clock: FrozenClock) -> None:
    shift = replace(make_cop().shift, days=frozenset({(NOON.weekday() + 1) % 7}))
    context = make_context(store, clock=clock, packs=FixedPacks(make_pack([make_cop("ada", shift=shift)])))
    say(context, ADA, Presence.AVAILABLE)
    wait(context)
    seen: list[MatchingProblem] = []

    assert matching.tick(context, ScriptedMatcher(problems=seen), "main", "one") is None
    clock.advance(24 * 3_600)
    assert matching.tick(context, ScriptedMatcher(problems=seen), "main", "one") is not None
    assert [cop.id for cop, _ in seen[0].cops] == ["ada"]


def test_a_cop_who_works_whole_days_is_given_work_up_to_midnight(context: Context, clock: FrozenClock) -> None:
    """As a software agent does; midnight ends one shift and begins the next, and nobody waits for it."""
    clock.advance((12 * 60 - 0.5) * 60)
    say(context, ADA, Presence.AVAILABLE)
    wait(context, age_seconds=30)

    record = matching.tick(context, GlobalMatcher(), "main", "one")

    assert record is not None and read(context.store, lambda uow: uow.offers.pending_for(C1))
