"""Contract of the tick, over all three stores: who leads, who is seen, what is refused."""

from dataclasses import replace

import pytest
from builders import NOON, FixedPacks, FrozenClock, make_cop, make_pack, make_taxonomy
from doubles import ScriptedMatcher
from seeds import read
from ticks import BEN, State, load_of, manned, offer_of, offered, say, stored, tick, wait

from routing.domain.conversation import ConversationId
from routing.domain.cop import Channel, CopId, Presence
from routing.domain.events import EventKind
from routing.ports import Store
from routing.services import intake, matching, offers
from routing.services.context import Context


@pytest.fixture
def context(store: Store, clock: FrozenClock) -> Context:
    return manned(store, clock)


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
