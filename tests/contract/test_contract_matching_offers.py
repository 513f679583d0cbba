"""Contract of the use cases from the tick to the wrap-up, over all three stores."""

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import (
    NOON,
    FixedPacks,
    FrozenClock,
    loads,
    make_context,
    make_conversation,
    make_cop,
    make_pack,
    make_taxonomy,
)
from doubles import ScriptedMatcher
from seeds import committed, read

from routing.domain.conversation import Conversation, ConversationId, ConversationState
from routing.domain.cop import Channel, CopId, Presence
from routing.domain.errors import IllegalTransition, NotFound, NotTheOwner, OfferExpired
from routing.domain.events import EventKind
from routing.domain.label import LabelSource
from routing.domain.offer import Assignment, Offer, OfferState
from routing.domain.outcome import Disposition, WrapUp
from routing.domain.policy import Policy
from routing.domain.tick import TickRecord
from routing.ports import MatchingProblem, Store
from routing.services import intake, matching, offers, presence, wrap_up
from routing.services.context import Context

C1 = ConversationId("c-1")
ADA, BEN = CopId("ada"), CopId("ben")
State = ConversationState
DONE = WrapUp(Disposition.RESOLVED, 61.0)


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def context(store: Store, clock: FrozenClock) -> Context:
    made = make_context(store, clock=clock, policy=Policy(most_excluded=2))
    for cop_id in made.packs.current().roster:
        say(made, cop_id, Presence.AVAILABLE)
    return made


def say(context: Context, cop_id: CopId, said: Presence, event_id: str | None = None) -> None:
    presence.set_presence(context, presence.PresenceChange(cop_id, said, "test", event_id))


def wait(context: Context, id: str = "c-1", age_seconds: float = 0, **changes: object) -> Conversation:
    """A conversation that waits by the type card_late."""
    facts = {"state": State.WAITING, "issue_type": "card_late", "candidates": (("card_late", 1.0),), "language": "en"}
    since = context.clock.now() - timedelta(seconds=age_seconds)
    conversation = make_conversation(id, received_at=since, **{**facts, **changes})
    committed(context.store, lambda uow: uow.conversations.add(conversation))
    return conversation


def tick(context: Context, *pairs: tuple[str, str], holder: str = "one", **changes: object) -> TickRecord | None:
    plan = (lambda _: pairs) if pairs else None
    return matching.tick(context, ScriptedMatcher(plan=plan, **changes), "main", holder)  # type: ignore[arg-type]


def stored(context: Context, id: str = "c-1") -> Conversation:
    return read(context.store, lambda uow: uow.conversations.get(ConversationId(id)))


def offer_of(context: Context, id: str = "c-1") -> Offer:
    return read(context.store, lambda uow: uow.offers.pending_for(ConversationId(id)))


def load_of(context: Context, cop_id: CopId = ADA) -> dict[Channel, int]:
    return loads(read(context.store, lambda uow: uow.cops.status(cop_id).load))


def offered(context: Context, cop_id: str = "ada") -> Offer:
    wait(context, age_seconds=100)
    tick(context, ("c-1", cop_id))
    return offer_of(context)


def assigned(context: Context, cop_id: str = "ada") -> Assignment:
    return offers.accept(context, offered(context, cop_id).id)


def test_a_tick_offers_those_who_wait_and_holds_their_slots(context: Context) -> None:
    for number in range(3):
        wait(context, f"c-{number}", age_seconds=number)

    record = tick(context)

    assert record is not None
    assert (record.waiting, record.free_slots, record.offered, record.refused) == (3, 9, 3, 0)
    assert [stored(context, f"c-{number}").state for number in range(3)] == [State.OFFERED] * 3
    assert load_of(context) == {Channel.CHAT: 2} and load_of(context, BEN) == {Channel.CHAT: 1}
    offer = offer_of(context, "c-2")
    assert (offer.cop_id, offer.expires_at, offer.tick_id) == ("ada", NOON + context.policy.offer_ttl, record.id)
    assert dict(offer.why) == {"rule": "first fit"}
    assert read(context.store, lambda uow: uow.ticks.newest(9)) == [record]


def test_a_tick_sees_only_its_group_and_only_cops_at_work(context: Context) -> None:
    wait(context, "c-1")
    wait(context, "c-2", market="fr")
    say(context, BEN, Presence.BUSY)
    say(context, CopId("cleo"), Presence.AWAY)
    matcher = ScriptedMatcher()

    matching.tick(context, matcher, "main", "one")

    [problem] = matcher.problems
    assert [c.id for c in problem.conversations] == ["c-1"]
    assert [cop.id for cop, _ in problem.cops] == ["ada"]
    assert stored(context, "c-2").state is State.WAITING


def test_nothing_to_match_leaves_no_record(context: Context) -> None:
    assert tick(context) is None
    assert read(context.store, lambda uow: uow.ticks.newest(9)) == []


def test_only_the_leader_of_a_group_matches_until_its_lease_runs_out(context: Context, clock: FrozenClock) -> None:
    wait(context)
    assert matching.lead(context, "main", "two") is not None

    assert tick(context) is None
    clock.advance(context.policy.lease_seconds)
    assert tick(context) is not None


def test_a_leader_who_lost_the_group_while_solving_offers_nothing(context: Context, clock: FrozenClock) -> None:
    wait(context)

    def another_takes_over() -> None:
        clock.advance(context.policy.lease_seconds)
        assert matching.lead(context, "main", "two") is not None

    assert tick(context, meanwhile=another_takes_over) is None
    assert stored(context).state is State.WAITING
    assert load_of(context) == {}


def test_what_changed_while_solving_is_refused_and_the_rest_offered(context: Context) -> None:
    for number in range(3):
        wait(context, f"c-{number}")

    def meanwhile() -> None:
        intake.abandon(context, ConversationId("c-0"), "left", "kafka")
        say(context, BEN, Presence.AWAY)

    record = tick(context, ("c-0", "ada"), ("c-1", "ben"), ("c-2", "ada"), meanwhile=meanwhile)

    assert record is not None and (record.offered, record.refused) == (1, 2)
    states = [stored(context, f"c-{number}").state for number in range(3)]
    assert states == [State.ABANDONED, State.WAITING, State.OFFERED]
    assert load_of(context) == {Channel.CHAT: 1} and load_of(context, BEN) == {}


def test_a_plan_that_breaks_a_rule_is_refused_as_a_whole_and_a_plain_one_stands_in(context: Context) -> None:
    for number in range(4):
        wait(context, f"c-{number}")
    wait(context, "c-9", market="fr")
    broken = [("c-0", "ada"), ("c-0", "ben"), ("c-1", "ghost"), ("nothing", "ada"), ("c-9", "ada")]

    record = tick(context, *broken)

    assert record is not None and (record.offered, record.refused) == (4, 0)
    assert (record.solver, record.fallback_reason) == ("plain", "plan_refused")
    assert {offer_of(context, f"c-{n}").why["fallback_reason"] for n in range(4)} == {"plan_refused"}
    assert read(context.store, lambda uow: uow.ticks.fallbacks()) == {"plan_refused": 1}
    assert stored(context, "c-9").state is State.WAITING


def test_what_changed_while_a_plan_was_made_is_refused_where_it_did(context: Context) -> None:
    for number in range(3):
        wait(context, f"c-{number}")
    unskilled = make_cop("ada", markets=frozenset({"uk", "ie"}), skills={"card_lost": 0.9})
    newer = FixedPacks(make_pack())
    moving = replace(context, packs=newer)

    def meanwhile() -> None:
        newer.pack = make_pack([unskilled, *(cop for cop in newer.pack.roster.values() if cop.id != "ada")])
        say(context, BEN, Presence.AWAY)

    pairs = [("c-0", "ada"), ("c-1", "ben"), ("c-2", "cleo")]
    record = tick(moving, *pairs, meanwhile=meanwhile)

    assert record is not None and (record.offered, record.refused, record.fallback_reason) == (1, 2, None)
    assert [stored(context, f"c-{n}").state for n in range(3)] == [State.WAITING, State.WAITING, State.OFFERED]


def test_a_fallback_is_recorded_and_counted(context: Context) -> None:
    wait(context)
    record = tick(context, fallback_reason="solver_late")

    assert record is not None and record.fallback_reason == "solver_late"
    assert read(context.store, lambda uow: uow.ticks.fallbacks()) == {"solver_late": 1}
    assert EventKind.MATCHING_FELL_BACK in [e.kind for e in read(context.store, lambda uow: uow.events.after(0, 99))]


def test_those_who_wait_by_a_retired_type_go_back_to_triage(context: Context) -> None:
    wait(context, "c-1")
    wait(context, "c-2", issue_type="limit_raise", candidates=(("limit_raise", 1.0),))
    kept = make_taxonomy([kind for key, kind in make_taxonomy().issue_types.items() if key != "card_late"])
    newer = replace(context, packs=FixedPacks(make_pack(taxonomy=kept)))

    assert [c.id for c in matching.snapshot(newer, "main").conversations] == ["c-2"]
    tick(newer)
    assert (stored(context).state, stored(context, "c-2").state) == (State.RECEIVED, State.OFFERED)


def test_a_retired_type_that_comes_back_from_an_offer_or_a_review_strands_nobody(
    context: Context, clock: FrozenClock
) -> None:
    offer = offered(context)
    kept = make_taxonomy([kind for key, kind in make_taxonomy().issue_types.items() if key != "card_late"])
    newer = replace(context, packs=FixedPacks(make_pack(taxonomy=kept)))
    tick(newer)
    assert stored(context).state is State.OFFERED

    offers.decline(newer, offer.id)
    tick(newer)

    assert stored(context).state is State.RECEIVED


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
