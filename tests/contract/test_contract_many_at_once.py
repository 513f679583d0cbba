"""Contract: what is stored of many at once is what would be stored of each by itself."""

from dataclasses import replace

from builders import NOON, make_assignment, make_conversation, make_cop, make_message, make_offer, make_triage
from seeds import committed, put_conversations, put_cops, read

from routing.domain.conversation import Conversation, ConversationId, ConversationState
from routing.domain.cop import Channel, CopId
from routing.domain.offer import AssignmentId, OfferId, OfferState
from routing.domain.outcome import HandleTimeStatistics
from routing.ports import Store, StoredReply

IDS = [ConversationId(f"c-{number}") for number in range(4)]


def conversations() -> list[Conversation]:
    return [make_conversation(id) for id in IDS]


def test_of_outside_events_taken_in_together_the_new_ones_count_once(store: Store) -> None:
    committed(store, lambda uow: uow.inbox.add("known", "kafka", NOON))
    seen = [("known", "kafka"), ("new", "kafka"), ("new", "kafka"), ("known", "rest")]
    assert committed(store, lambda uow: uow.inbox.add_all(seen, NOON)) == [False, True, False, True]
    assert committed(store, lambda uow: uow.inbox.add_all(seen, NOON)) == [False] * 4
    assert committed(store, lambda uow: uow.inbox.add_all([], NOON)) == []


def test_who_keeps_a_reply_hears_whether_it_was_the_first(store: Store) -> None:
    first, second = StoredReply("digest", 201, "{}"), StoredReply("digest", 500, "{}")
    assert committed(store, lambda uow: uow.idempotency.keep("POST /v1", "k", first, NOON))
    assert not committed(store, lambda uow: uow.idempotency.keep("POST /v1", "k", second, NOON))
    assert committed(store, lambda uow: uow.idempotency.keep("POST /v2", "k", second, NOON))
    assert read(store, lambda uow: uow.idempotency.find("POST /v1", "k")) == first


def test_conversations_messages_and_triages_are_stored_together_in_their_order(store: Store) -> None:
    messages = [make_message(f"m-{number}", conversation_id=IDS[number % 2]) for number in range(6)]
    triages = [(id, make_triage()) for id in IDS]
    committed(store, lambda uow: uow.conversations.add_all(conversations()))
    committed(store, lambda uow: uow.conversations.add_messages(messages))
    committed(store, lambda uow: uow.triages.add_all(triages))

    assert read(store, lambda uow: uow.conversations.get_many(IDS)) == dict(zip(IDS, conversations(), strict=True))
    stored = read(store, lambda uow: uow.conversations.messages_of(IDS[:1]))
    assert [message.id for message in stored[IDS[0]]] == ["m-0", "m-2", "m-4"]
    assert read(store, lambda uow: uow.triages.latest_of(IDS)) == dict(triages)


def test_none_at_once_changes_nothing(store: Store) -> None:
    assert committed(store, lambda uow: uow.conversations.save_all([])) == set()
    committed(store, lambda uow: uow.conversations.add_all([]))
    assert read(store, lambda uow: uow.conversations.count_by_state()) == {}


def test_of_conversations_saved_together_those_that_others_changed_or_took_away_are_left(store: Store) -> None:
    read_before = conversations()[:3]
    put_conversations(store, *read_before[:2])
    committed(store, lambda uow: uow.conversations.save(read_before[1]))
    changed = [replace(each, state=ConversationState.WAITING) for each in read_before]

    assert committed(store, lambda uow: uow.conversations.save_all(changed)) == {IDS[0]}
    stored = read(store, lambda uow: uow.conversations.get_many(IDS))
    assert {id: (each.state, each.version) for id, each in stored.items()} == {
        IDS[0]: (ConversationState.WAITING, read_before[0].version + 1),
        IDS[1]: (ConversationState.RECEIVED, read_before[1].version + 1),
    }


def test_those_who_wait_are_counted_in_the_markets_asked_for(store: Store) -> None:
    states = [ConversationState.WAITING, ConversationState.WAITING, ConversationState.RECEIVED]
    made = [replace(each, state=state) for each, state in zip(conversations(), states, strict=False)]
    put_conversations(store, *made, make_conversation("c-fr", market="fr", state=ConversationState.WAITING))
    assert read(store, lambda uow: uow.conversations.count_waiting(["uk"])) == 2
    assert read(store, lambda uow: uow.conversations.count_waiting(["uk", "fr"])) == 3
    assert read(store, lambda uow: uow.conversations.count_waiting([])) == 0


def test_of_replies_kept_together_the_first_of_each_key_stays(store: Store) -> None:
    first, second = StoredReply("digest", 201, "{}"), StoredReply("digest", 500, "{}")
    committed(store, lambda uow: uow.idempotency.keep("one", "k", first, NOON))
    asked = [("one", "k", second), ("two", "k", first), ("two", "k", second), ("two", "l", second)]
    assert committed(store, lambda uow: uow.idempotency.keep_all(asked, NOON)) == [False, True, False, True]
    assert committed(store, lambda uow: uow.idempotency.keep_all([], NOON)) == []
    found = read(store, lambda uow: [uow.idempotency.find(scope, key) for scope, key, _ in asked])
    assert found == [first, first, first, second]


def test_offers_are_made_together_where_the_conversation_is_free(store: Store) -> None:
    put_conversations(store, *conversations())
    committed(store, lambda uow: uow.offers.add(make_offer("old", IDS[0], state=OfferState.ACCEPTED)))
    committed(store, lambda uow: uow.assignments.add(make_assignment("work", IDS[0], offer_id="old")))
    committed(store, lambda uow: uow.offers.add(make_offer("held", IDS[1])))
    asked = [make_offer(f"o-{number}", IDS[number]) for number in range(4)]
    asked.append(make_offer("o-again", IDS[2]))

    made = {OfferId("o-2"), OfferId("o-3")}
    assert committed(store, lambda uow: uow.offers.add_all(asked)) == made
    assert committed(store, lambda uow: uow.offers.add_all([])) == set()
    stored = read(store, lambda uow: uow.offers.get_many([offer.id for offer in asked]))
    assert stored == {offer.id: offer for offer in asked if offer.id in made}


def test_offers_and_assignments_that_others_changed_are_left(store: Store) -> None:
    put_conversations(store, *conversations())
    offers = [make_offer(f"o-{number}", IDS[number]) for number in range(3)]
    work = [make_assignment(f"a-{number}", IDS[number], offer_id=f"o-{number}") for number in range(3)]
    committed(store, lambda uow: uow.offers.add_all(offers[:2]))
    accepted = [offer.accept(NOON) for offer in offers]
    committed(store, lambda uow: uow.offers.save(offers[1].decline(NOON, None)))
    assert committed(store, lambda uow: uow.offers.save_all(accepted)) == {OfferId("o-0")}
    assert committed(store, lambda uow: uow.offers.save_all([])) == set()

    begun = {AssignmentId("a-0"), AssignmentId("a-1")}
    assert committed(store, lambda uow: uow.assignments.add_all([*work[:2], replace(work[0], id="a-9")])) == begun
    committed(store, lambda uow: uow.assignments.save(work[1].transfer(NOON, "not mine")))
    ended = [each.wrap_up(NOON, "resolved", 60) for each in work]
    assert committed(store, lambda uow: uow.assignments.save_all(ended)) == {AssignmentId("a-0")}
    stored = read(store, lambda uow: uow.assignments.get_many([each.id for each in work]))
    assert {id: (each.state, each.version) for id, each in stored.items()} == {
        AssignmentId("a-0"): (ended[0].state, 1),
        AssignmentId("a-1"): (work[1].transfer(NOON, "").state, 1),
    }


def test_slots_reserved_together_are_as_many_as_there_are(store: Store) -> None:
    put_cops(store, make_cop("ada"), make_cop("ben", capacity={Channel.CHAT: 1}))
    ada, ben, chat = CopId("ada"), CopId("ben"), Channel.CHAT
    asked = [(ben, chat), (ada, chat), (ben, chat), (ada, Channel.EMAIL), (ada, chat), (ada, chat), (CopId("x"), chat)]
    first = [True, True, False, True, True, False, False]
    assert committed(store, lambda uow: uow.cops.reserve_all(asked)) == first
    assert committed(store, lambda uow: uow.cops.reserve_all(asked)) == [False] * len(asked)
    assert committed(store, lambda uow: uow.cops.reserve_all([])) == []

    committed(store, lambda uow: uow.cops.release_all([(ada, chat), (ben, chat), (ada, chat)]))
    committed(store, lambda uow: uow.cops.release_all([]))
    loads = read(store, lambda uow: {status.cop_id: status.load for status in uow.cops.statuses()})
    held = {(cop_id, channel) for cop_id, load in loads.items() for channel, count in load.items() if count}
    assert held == {(ada, Channel.EMAIL)}


def test_handle_times_are_read_and_kept_together(store: Store) -> None:
    known = HandleTimeStatistics("card_lost", "ada", 3, 4.0, 0.5)
    committed(store, lambda uow: uow.handle_times.save(known))
    new = HandleTimeStatistics("card_late", "ada").observe(5.0)
    pairs = [("card_lost", "ada"), ("card_late", "ada"), ("card_lost", "ada")]
    assert read(store, lambda uow: uow.handle_times.get_many(pairs)) == {
        pairs[0]: known,
        pairs[1]: HandleTimeStatistics("card_late", "ada"),
    }
    seen = known.observe(4.5)
    committed(store, lambda uow: uow.handle_times.save_all([seen, new]))
    committed(store, lambda uow: uow.handle_times.save_all([]))
    assert read(store, lambda uow: uow.handle_times.all()) == [new, seen]
    committed(store, lambda uow: uow.handle_times.save_all([new.observe(5.0)]))
    assert read(store, lambda uow: uow.handle_times.get(*pairs[1])) == new.observe(5.0)
