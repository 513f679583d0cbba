"""Contract: what is stored of many at once is what would be stored of each by itself."""

from dataclasses import replace

from builders import NOON, make_conversation, make_message, make_triage
from seeds import committed, put_conversations, read

from routing.domain.conversation import Conversation, ConversationId, ConversationState
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
