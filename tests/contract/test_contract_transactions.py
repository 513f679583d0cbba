"""Contract: a transaction is all or nothing, and a save over somebody else's save is refused."""

import pytest
from builders import (
    NOON,
    make_assignment,
    make_conversation,
    make_event,
    make_label,
    make_message,
    make_offer,
    make_review,
    make_tick,
    make_triage,
)
from seeds import committed, put_conversations, put_cops, put_offer, read

from routing.domain.conversation import ConversationId, ConversationState
from routing.domain.cop import Channel, CopId
from routing.domain.errors import NotFound, StaleState
from routing.domain.outcome import HandleTimeStatistics
from routing.ports import Store, StoredReply, UnitOfWork

C1 = ConversationId("c-1")


def write_everywhere(uow: UnitOfWork) -> None:
    uow.conversations.add(make_conversation("c-2"))
    uow.conversations.add_message(make_message(conversation_id="c-2"))
    uow.triages.add(ConversationId("c-2"), make_triage())
    uow.reviews.add(make_review(conversation_id="c-2"))
    uow.offers.add(make_offer(conversation_id="c-2"))
    uow.offers.save(uow.offers.get(make_offer().id).accept(NOON))
    uow.assignments.add(make_assignment(conversation_id="c-2"))
    uow.cops.reserve(CopId("ada"), Channel.CHAT)
    uow.handle_times.save(HandleTimeStatistics("card_lost", "ada").observe(5.0))
    uow.labels.add(make_label())
    uow.events.append(make_event(conversation_id="c-2"))
    uow.inbox.add("e-1", "kafka", NOON)
    uow.idempotency.keep("post", "k-1", StoredReply("digest", 201, "{}"), NOON)
    uow.ticks.add(make_tick())


def counts(uow: UnitOfWork) -> dict[str, int]:
    return {
        "conversations": sum(uow.conversations.count_by_state().values()),
        "messages": len(uow.conversations.messages_of([ConversationId("c-2")])[ConversationId("c-2")]),
        "triages": sum(uow.triages.decisions_since(NOON).values()),
        "reviews": sum(uow.reviews.count_by_state().values()),
        "assignments": len(uow.assignments.active()),
        "load": sum(status.total_load for status in uow.cops.statuses()),
        "handle_times": len(uow.handle_times.all()),
        "labels": len(uow.labels.all()),
        "events": len(uow.events.after(0, 10)),
        "outbox": uow.outbox.count_pending(),
        "replies": 0 if uow.idempotency.find("post", "k-1") is None else 1,
        "ticks": len(uow.ticks.newest(10)),
    }


def test_what_was_committed_is_there_for_everybody(store: Store) -> None:
    put_cops(store)
    committed(store, write_everywhere)

    assert set(read(store, counts).values()) == {1}


def test_leaving_without_a_commit_takes_everything_back(store: Store) -> None:
    put_cops(store)
    with store.transaction() as uow:
        write_everywhere(uow)

    assert set(read(store, counts).values()) == {0}
    assert committed(store, lambda uow: uow.inbox.add("e-1", "kafka", NOON))


def test_an_error_takes_everything_back(store: Store) -> None:
    put_cops(store)

    def fail(uow: UnitOfWork) -> None:
        write_everywhere(uow)
        raise KeyError("somewhere else")

    with pytest.raises(KeyError, match="somewhere else"):
        committed(store, fail)

    assert set(read(store, counts).values()) == {0}


def test_what_is_written_after_a_commit_needs_a_commit_of_its_own(store: Store) -> None:
    with store.transaction() as uow:
        uow.conversations.add(make_conversation("c-1"))
        uow.commit()

    with store.transaction() as uow:
        uow.conversations.add(make_conversation("c-2"))

    assert read(store, lambda uow: list(uow.conversations.get_many([C1, ConversationId("c-2")]))) == ["c-1"]


def test_a_transaction_sees_its_own_writes(store: Store) -> None:
    put_conversations(store)
    with store.transaction() as uow:
        uow.conversations.save(uow.conversations.get(C1).hold_for_review())

        assert uow.conversations.get(C1).state is ConversationState.IN_REVIEW
        assert len(uow.conversations.in_state(ConversationState.IN_REVIEW, None, 10)) == 1


def test_a_reader_sees_one_state_whatever_is_committed_meanwhile(store: Store) -> None:
    put_conversations(store)
    with store.reading() as reader:
        before = reader.conversations.get(C1)
        committed(store, lambda uow: uow.conversations.save(uow.conversations.get(C1).hold_for_review()))
        put_conversations(store, make_conversation("c-2"))

        assert reader.conversations.get(C1) == before
        assert sum(reader.conversations.count_by_state().values()) == 1


def test_a_reader_does_not_wait_for_a_writer_and_sees_nothing_of_it(store: Store) -> None:
    put_conversations(store)
    with store.transaction() as writer:
        writer.conversations.save(writer.conversations.get(C1).hold_for_review())

        assert read(store, lambda uow: uow.conversations.get(C1).state) is ConversationState.RECEIVED


def test_a_save_returns_the_next_version_and_stores_it(store: Store) -> None:
    put_conversations(store)
    saved = committed(store, lambda uow: uow.conversations.save(uow.conversations.get(C1)))

    assert saved.version == 1
    assert read(store, lambda uow: uow.conversations.get(C1)) == saved


def test_a_stale_conversation_is_refused(store: Store) -> None:
    put_conversations(store)
    old = read(store, lambda uow: uow.conversations.get(C1))
    newer = committed(store, lambda uow: uow.conversations.save(old.hold_for_review()))

    with pytest.raises(StaleState):
        committed(store, lambda uow: uow.conversations.save(old.abandoned(NOON)))
    assert read(store, lambda uow: uow.conversations.get(C1)) == newer


def test_a_stale_review_is_refused(store: Store) -> None:
    put_conversations(store)
    item = make_review()
    committed(store, lambda uow: uow.reviews.add(item))
    committed(store, lambda uow: uow.reviews.save(item.skip("mona", NOON)))

    with pytest.raises(StaleState):
        committed(store, lambda uow: uow.reviews.save(item.supersede()))


def test_a_stale_offer_and_a_stale_assignment_are_refused(store: Store) -> None:
    offer, assignment = put_offer(store), make_assignment()
    committed(store, lambda uow: uow.offers.save(offer.accept(NOON)))
    committed(store, lambda uow: uow.assignments.add(assignment))
    committed(store, lambda uow: uow.assignments.save(assignment.transfer(NOON, "not mine")))

    with pytest.raises(StaleState):
        committed(store, lambda uow: uow.offers.save(offer.decline(NOON, None)))
    with pytest.raises(StaleState):
        committed(store, lambda uow: uow.assignments.save(assignment.wrap_up(NOON, "resolved", 10.0)))


def test_after_a_stale_save_the_same_transaction_goes_on(store: Store) -> None:
    put_conversations(store, make_conversation("c-1"), make_conversation("c-2"))
    old = read(store, lambda uow: uow.conversations.get(C1))
    committed(store, lambda uow: uow.conversations.save(old))

    with store.transaction() as uow:
        with pytest.raises(StaleState):
            uow.conversations.save(old)
        uow.conversations.save(uow.conversations.get(ConversationId("c-2")).hold_for_review())
        uow.commit()

    assert read(store, lambda uow: len(uow.conversations.in_state(ConversationState.IN_REVIEW, None, 9))) == 1


def test_a_second_conversation_with_the_same_id_is_stale(store: Store) -> None:
    put_conversations(store)

    with pytest.raises(StaleState):
        put_conversations(store)


def test_ids_that_nothing_has_are_not_found(store: Store) -> None:
    with store.transaction() as uow:
        for lookup in (uow.conversations.get, uow.reviews.get, uow.offers.get, uow.assignments.get, uow.cops.status):
            with pytest.raises(NotFound, match="nobody"):
                lookup("nobody")  # type: ignore[operator]
        with pytest.raises(NotFound, match="c-1"):
            uow.conversations.save(make_conversation())
