"""Contract of intake, over all three stores: messages begin, continue and reopen conversations, each once."""

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import NOON, FixedPacks, FrozenClock, make_pack
from first_messages import C1, State, end, in_review, kinds, stored, the_reviews, understand, write
from seeds import read

from routing.domain.conversation import ConversationId
from routing.domain.errors import IllegalTransition, Invalid, NotFound
from routing.domain.events import EventKind
from routing.domain.review import ReviewState
from routing.services import intake, review
from routing.services.context import Context


def message(event: str, text: str, conversation_id: str = C1) -> intake.IncomingMessage:
    return intake.IncomingMessage(event, "kafka", text, "uk", conversation_id=conversation_id)


def test_a_first_message_begins_a_conversation(context: Context) -> None:
    receipt = write(context, "my card_lost \x00👋")

    assert receipt.conversation_id == C1 and not receipt.duplicate
    conversation = stored(context)
    assert (conversation.state, conversation.received_at, conversation.waiting_since) == (State.RECEIVED, NOON, NOON)
    [message] = read(context.store, lambda uow: uow.conversations.messages_of([C1]))[C1]
    assert (message.id, message.text, message.author) == (receipt.message_id, "my card_lost 👋", "customer")
    assert kinds(context) == [EventKind.CONVERSATION_RECEIVED]


def test_an_event_delivered_again_changes_nothing(context: Context) -> None:
    write(context)
    before = stored(context)

    again = write(context, "another text")

    assert again.duplicate and again.conversation_id == C1
    assert stored(context) == before
    assert len(read(context.store, lambda uow: uow.conversations.messages_of([C1]))[C1]) == 1
    assert not write(context, source="api").duplicate


def test_several_messages_are_stored_together_in_their_order(context: Context) -> None:
    asked = [message("e-1", "my card_lost"), message("e-2", "since monday"), message("e-1", "sent again")]

    first, second, third = intake.receive_all(context, [*asked, message("e-3", "another", "c-2")])[:3]

    assert [first.duplicate, second.duplicate, third.duplicate] == [False, False, True]
    found = read(context.store, lambda uow: uow.conversations.messages_of([C1]))[C1]
    assert [each.text for each in found] == ["my card_lost", "since monday"]
    assert read(context.store, lambda uow: uow.conversations.get(ConversationId("c-2"))).state is State.RECEIVED
    assert kinds(context)[:2] == [EventKind.CONVERSATION_RECEIVED, EventKind.CONVERSATION_MESSAGE_ADDED]


def test_when_one_of_several_messages_is_refused_none_is_stored(context: Context) -> None:
    bad = replace(message("e-2", "hello", "c-2"), market="atlantis")

    with pytest.raises(Invalid):
        intake.receive_all(context, [message("e-1", "my card_lost"), bad])

    assert kinds(context) == []
    assert not write(context).duplicate


def test_a_message_without_a_conversation_begins_one_of_its_own(context: Context) -> None:
    first, second = write(context, conversation_id=None), write(context, event="e-2", conversation_id=None)

    assert first.conversation_id != second.conversation_id
    assert read(context.store, lambda uow: uow.conversations.get(second.conversation_id)).state is State.RECEIVED


@pytest.mark.parametrize(
    ("place", "change"),
    [
        ("text", {"text": ""}),
        ("text", {"text": "x" * 100_001}),
        ("event_id", {"event": ""}),
        ("event_id", {"event": "e" * 129}),
        ("conversation_id", {"conversation_id": "c\x00"}),
        ("customer_id", {"customer_id": "\ud800"}),
        ("market", {"market": "atlantis"}),
        ("at", {"at": NOON.replace(tzinfo=None)}),
    ],
)
def test_a_message_that_is_not_allowed_names_the_place_and_leaves_nothing(
    context: Context, place: str, change: dict[str, object]
) -> None:
    with pytest.raises(Invalid, match=place):
        write(context, **change)  # type: ignore[arg-type]

    assert read(context.store, lambda uow: uow.conversations.count_by_state()) == {}
    assert not write(context).duplicate


def test_age_counts_from_when_the_customer_wrote_but_never_from_the_future(
    context: Context, clock: FrozenClock
) -> None:
    write(context, at=NOON - timedelta(seconds=90))
    write(context, event="e-2", conversation_id="c-2", at=NOON + timedelta(days=1))

    assert stored(context).waiting_since == NOON - timedelta(seconds=90)
    assert read(context.store, lambda uow: uow.conversations.get(ConversationId("c-2"))).waiting_since == NOON


def test_a_further_message_sends_a_waiting_conversation_back_to_triage_with_its_age(
    context: Context, clock: FrozenClock
) -> None:
    write(context)
    understand(context)
    clock.advance(20)
    intake.add_message(context, C1, "it was limit_raise after all", "e-2", "api")

    assert (stored(context).state, stored(context).waiting_since) == (State.RECEIVED, NOON)
    asked = understand(context).asked[0]
    assert [utterance.text for utterance in asked] == ["card_lost\nit was limit_raise after all"]
    assert (stored(context).state, stored(context).issue_type) == (State.WAITING, "limit_raise")


def test_a_further_message_is_taken_in_although_its_market_left_the_pack(context: Context) -> None:
    write(context)
    without = replace(context, packs=FixedPacks(make_pack(markets={"fr": make_pack().markets["fr"]})))

    receipt = intake.add_message(without, C1, "are you there?", "e-2", "api")

    assert not receipt.duplicate
    assert len(read(context.store, lambda uow: uow.conversations.messages_of([C1]))[C1]) == 2


def test_a_message_for_a_conversation_that_is_not_there_is_not_found(context: Context) -> None:
    with pytest.raises(NotFound, match="c-1"):
        intake.add_message(context, C1, "hello", "e-1", "api")


def test_a_further_message_is_read_although_its_senders_clock_is_late(context: Context) -> None:
    write(context, "card_lost", source="api")
    write(context, "limit_raise", event="e-2", at=NOON - timedelta(seconds=5))

    [[asked]] = understand(context).asked

    assert asked.text == "card_lost\nlimit_raise"


def test_a_message_after_the_end_reopens_and_only_the_new_words_are_understood(
    context: Context, clock: FrozenClock
) -> None:
    write(context)
    understand(context)
    end(context)
    clock.advance(3_600)
    sent_at = clock.now() - timedelta(seconds=2)
    write(context, "now limit_raise", event="e-2", at=sent_at)

    reopened = stored(context)
    assert (reopened.state, reopened.waiting_since, reopened.last_cop_id) == (State.RECEIVED, sent_at, "ada")
    assert (reopened.answered_at, reopened.ended_at) == (None, None)
    assert understand(context).asked[0][0].text == "now limit_raise"
    assert EventKind.CONVERSATION_REOPENED in kinds(context)


def test_a_customer_who_left_is_offered_to_nobody(context: Context) -> None:
    item = in_review(context)
    intake.abandon(context, C1, "left-1", "kafka")

    assert stored(context).state is State.ABANDONED
    assert the_reviews(context)[0].state is ReviewState.SUPERSEDED
    again = intake.abandon(context, C1, "left-2", "kafka")
    assert again.state is State.ABANDONED
    with pytest.raises(IllegalTransition):
        review.give_verdict(context, item.id, "card_lost", "mona")
