"""Contract: one live offer or assignment a conversation, and never load above capacity."""

from datetime import timedelta

import pytest
from builders import NOON, loads, make_assignment, make_conversation, make_cop, make_offer
from seeds import committed, put_conversations, put_cops, put_offer, read

from routing.domain.conversation import ConversationId
from routing.domain.cop import Channel, CopId, Presence
from routing.domain.errors import AlreadyAssigned, CapacityExceeded, NotFound
from routing.domain.offer import AssignmentState
from routing.ports import Store

C1 = ConversationId("c-1")
ADA = CopId("ada")


def test_an_offer_comes_back_as_it_went_in_with_the_reasons_for_it(store: Store) -> None:
    offer = put_offer(store)

    assert read(store, lambda uow: uow.offers.get(offer.id)) == offer
    assert read(store, lambda uow: uow.offers.pending_for(C1)) == offer


def test_an_assignment_comes_back_as_it_went_in_and_as_it_ended(store: Store) -> None:
    offer, assignment = put_offer(store), make_assignment()
    committed(store, lambda uow: uow.offers.save(offer.accept(NOON)))
    committed(store, lambda uow: uow.assignments.add(assignment))
    assert read(store, lambda uow: uow.assignments.active_for(C1)) == assignment

    ended = committed(store, lambda uow: uow.assignments.save(assignment.wrap_up(NOON, "resolved", 61.5)))

    assert read(store, lambda uow: uow.assignments.get(assignment.id)) == ended
    assert ended.state is AssignmentState.WRAPPED_UP and ended.handle_time_seconds == 61.5
    assert read(store, lambda uow: uow.assignments.active_for(C1)) is None


def test_when_each_cop_was_last_busy_is_the_latest_of_what_they_took_and_finished(store: Store) -> None:
    later = [NOON + timedelta(minutes=minutes) for minutes in (5, 20, 30)]
    put_conversations(store, *(make_conversation(f"c-{number}") for number in (1, 2, 3)))
    for number, (cop, began) in enumerate((("ada", NOON), ("ada", later[0]), ("ben", later[1])), start=1):
        offer = make_offer(f"o-{number}", conversation_id=f"c-{number}", cop_id=cop)
        committed(store, lambda uow, offer=offer: uow.offers.add(offer))
        committed(store, lambda uow, offer=offer: uow.offers.save(offer.accept(NOON)))
        made = make_assignment(f"a-{number}", f"c-{number}", cop, offer.id, started_at=began)
        committed(store, lambda uow, made=made: uow.assignments.add(made))
        if number == 1:
            committed(store, lambda uow, made=made: uow.assignments.save(made.wrap_up(later[2], "resolved", 60.0)))

    assert read(store, lambda uow: uow.assignments.last_busy(NOON)) == {ADA: later[2], CopId("ben"): later[1]}
    assert read(store, lambda uow: uow.assignments.last_busy(later[2])) == {ADA: later[2]}


def test_a_second_pending_offer_for_a_conversation_is_refused(store: Store) -> None:
    put_offer(store)

    with pytest.raises(AlreadyAssigned, match="c-1"):
        put_offer(store, id="o-2", cop_id="ben")


def test_an_offer_for_a_conversation_that_somebody_works_on_is_refused(store: Store) -> None:
    offer = put_offer(store)
    committed(store, lambda uow: uow.offers.save(offer.accept(NOON)))
    committed(store, lambda uow: uow.assignments.add(make_assignment()))

    with pytest.raises(AlreadyAssigned, match="c-1"):
        put_offer(store, id="o-2", cop_id="ben")


def test_a_second_active_assignment_for_a_conversation_is_refused(store: Store) -> None:
    offer = put_offer(store)
    committed(store, lambda uow: uow.offers.save(offer.accept(NOON)))
    committed(store, lambda uow: uow.offers.add(make_offer("o-2")))
    committed(store, lambda uow: uow.offers.save(uow.offers.get(make_offer("o-2").id).accept(NOON)))
    committed(store, lambda uow: uow.assignments.add(make_assignment()))

    with pytest.raises(AlreadyAssigned, match="c-1"):
        committed(store, lambda uow: uow.assignments.add(make_assignment("a-2", offer_id="o-2")))


@pytest.mark.parametrize("ending", ["decline", "lapse", "rescind"])
def test_an_offer_that_ended_makes_room_for_the_next(store: Store, ending: str) -> None:
    offer = put_offer(store)
    late = offer.expires_at
    ended = {"decline": offer.decline(late, "busy"), "lapse": offer.lapse(late), "rescind": offer.rescind(late, "left")}
    committed(store, lambda uow: uow.offers.save(ended[ending]))

    second = put_offer(store, id="o-2", made_at=late)

    assert read(store, lambda uow: uow.offers.pending_for(C1)) == second
    assert read(store, lambda uow: uow.offers.latest_for(C1)) == second
    assert read(store, lambda uow: uow.offers.get(offer.id).state) is ended[ending].state


def test_after_a_refusal_the_same_transaction_goes_on(store: Store) -> None:
    put_cops(store, make_cop(capacity={Channel.CHAT: 1}))
    put_offer(store)
    put_conversations(store, make_conversation("c-2"))
    with store.transaction() as uow:
        with pytest.raises(AlreadyAssigned):
            uow.offers.add(make_offer("o-2"))
        uow.cops.reserve(ADA, Channel.CHAT)
        with pytest.raises(CapacityExceeded):
            uow.cops.reserve(ADA, Channel.CHAT)
        uow.offers.add(make_offer("o-3", "c-2"))
        uow.commit()

    assert read(store, lambda uow: uow.offers.count_pending()) == 2
    assert read(store, lambda uow: uow.cops.status(ADA).load[Channel.CHAT]) == 1


def test_pending_offers_are_found_by_cop_and_by_deadline(store: Store) -> None:
    for number, (cop_id, ttl) in enumerate((("ada", 30), ("ben", 10), ("ada", 20), ("ada", 31))):
        put_offer(store, id=f"o-{number}", conversation_id=f"c-{number}", cop_id=cop_id, ttl_seconds=ttl)
    accepted = read(store, lambda uow: uow.offers.get(make_offer("o-2").id)).accept(NOON)
    committed(store, lambda uow: uow.offers.save(accepted))
    at = NOON + timedelta(seconds=30)

    assert {o.id for o in read(store, lambda uow: uow.offers.pending_for_cop(ADA))} == {"o-0", "o-3"}
    assert [o.id for o in read(store, lambda uow: uow.offers.due(at, 10))] == ["o-1", "o-0"]
    assert [o.id for o in read(store, lambda uow: uow.offers.due(at, 1))] == ["o-1"]
    assert read(store, lambda uow: uow.offers.count_pending()) == 3
    pending = read(store, lambda uow: uow.offers.pending())
    assert len(pending) == 3 and pending == sorted(pending, key=lambda each: (each.made_at, each.id))
    assert read(store, lambda uow: uow.offers.latest_for(ConversationId("nothing"))) is None


def test_what_a_tick_offered_is_found_by_conversation(store: Store) -> None:
    for number, tick_id in ((2, "tick-1"), (1, "tick-1"), (3, "tick-2"), (4, "tick-1")):
        put_offer(store, id=f"o-{number}", conversation_id=f"c-{number}", tick_id=tick_id)
    asked = [ConversationId(f"c-{number}") for number in (1, 2, 3)]
    assert [o.id for o in read(store, lambda uow: uow.offers.of_tick("tick-1", asked))] == ["o-1", "o-2"]


def test_active_assignments_are_listed_oldest_first(store: Store) -> None:
    for number, (cop_id, age) in enumerate((("ada", 5), ("ben", 9), ("ada", 7))):
        offer = put_offer(store, id=f"o-{number}", conversation_id=f"c-{number}", cop_id=cop_id)
        committed(store, lambda uow, o=offer: uow.offers.save(o.accept(NOON)))
        started = NOON - timedelta(seconds=age)
        made = make_assignment(f"a-{number}", f"c-{number}", cop_id, f"o-{number}", started_at=started)
        committed(store, lambda uow, a=made: uow.assignments.add(a))

    assert [a.id for a in read(store, lambda uow: uow.assignments.active())] == ["a-1", "a-2", "a-0"]
    assert [a.id for a in read(store, lambda uow: uow.assignments.active_for_cop(ADA))] == ["a-2", "a-0"]


def test_assignments_are_found_by_when_they_began_whatever_became_of_them(store: Store) -> None:
    for number, age in enumerate((90, 60, 30)):
        offer = put_offer(store, id=f"o-{number}", conversation_id=f"c-{number}", cop_id="ada")
        committed(store, lambda uow, o=offer: uow.offers.save(o.accept(NOON)))
        made = make_assignment(
            f"a-{number}", f"c-{number}", "ada", f"o-{number}", started_at=NOON - timedelta(seconds=age)
        )
        committed(store, lambda uow, a=made: uow.assignments.add(a))
        ended = made.wrap_up(NOON, "resolved", 10.0)
        committed(store, lambda uow, a=ended: uow.assignments.save(a))

    since = read(store, lambda uow: uow.assignments.since(NOON - timedelta(seconds=60)))
    assert [each.id for each in since] == ["a-1", "a-2"]


def test_a_new_cop_is_offline_and_free(store: Store) -> None:
    put_cops(store)

    status = read(store, lambda uow: uow.cops.status(ADA))

    assert (status.presence, status.since, status.total_load) == (Presence.OFFLINE, None, 0)
    assert [status.free(channel) for channel in (Channel.CHAT, Channel.EMAIL, Channel.SOCIAL)] == [2, 1, 0]


def test_presence_is_kept_with_its_time_through_a_new_roster(store: Store) -> None:
    put_cops(store)
    committed(store, lambda uow: uow.cops.set_presence(ADA, Presence.AVAILABLE, NOON))
    committed(store, lambda uow: uow.cops.reserve(ADA, Channel.CHAT))

    put_cops(store, make_cop("ada", capacity={Channel.CHAT: 5}), make_cop("ben"))

    status = read(store, lambda uow: uow.cops.status(ADA))
    assert (status.presence, status.since, loads(status.load)) == (Presence.AVAILABLE, NOON, {Channel.CHAT: 1})
    assert status.free(Channel.CHAT) == 4
    assert [s.cop_id for s in read(store, lambda uow: uow.cops.statuses())] == ["ada", "ben"]


def test_the_presence_of_nobody_cannot_be_set(store: Store) -> None:
    with pytest.raises(NotFound, match="ghost"):
        committed(store, lambda uow: uow.cops.set_presence(CopId("ghost"), Presence.AWAY, NOON))


def test_load_above_capacity_is_refused_on_each_channel_by_itself(store: Store) -> None:
    put_cops(store)
    for channel in (Channel.CHAT, Channel.CHAT, Channel.EMAIL):
        committed(store, lambda uow, c=channel: uow.cops.reserve(ADA, c))

    for channel in (Channel.CHAT, Channel.EMAIL, Channel.SOCIAL):
        with pytest.raises(CapacityExceeded, match=channel):
            committed(store, lambda uow, c=channel: uow.cops.reserve(ADA, c))

    committed(store, lambda uow: uow.cops.release(ADA, Channel.CHAT))
    committed(store, lambda uow: uow.cops.reserve(ADA, Channel.CHAT))
    assert loads(read(store, lambda uow: uow.cops.status(ADA).load)) == {Channel.CHAT: 2, Channel.EMAIL: 1}


def test_a_cop_above_a_lowered_capacity_takes_nothing_new_until_below_it(store: Store) -> None:
    put_cops(store, make_cop(capacity={Channel.CHAT: 3}))
    for _ in range(3):
        committed(store, lambda uow: uow.cops.reserve(ADA, Channel.CHAT))
    put_cops(store, make_cop(capacity={Channel.CHAT: 1}))
    for held in (3, 2, 1):
        status = read(store, lambda uow: uow.cops.status(ADA))
        assert (status.load[Channel.CHAT], status.free(Channel.CHAT)) == (held, 0)
        with pytest.raises(CapacityExceeded):
            committed(store, lambda uow: uow.cops.reserve(ADA, Channel.CHAT))
        committed(store, lambda uow: uow.cops.release(ADA, Channel.CHAT))

    committed(store, lambda uow: uow.cops.reserve(ADA, Channel.CHAT))

    assert loads(read(store, lambda uow: uow.cops.status(ADA).load)) == {Channel.CHAT: 1}
