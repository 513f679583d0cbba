"""Contract of the use cases from the first message to a verdict, over all three stores."""

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import NOON, FixedPacks, FrozenClock, make_context, make_pack
from doubles import ScriptedClassifier, ScriptedMatcher
from seeds import read

from routing.domain.conversation import Conversation, ConversationId, ConversationState
from routing.domain.cop import Channel, CopId, Presence
from routing.domain.errors import IllegalTransition, Invalid, NotFound, NotTheOwner, UnknownIssueType
from routing.domain.events import EventKind
from routing.domain.outcome import Disposition, WrapUp
from routing.domain.review import ReviewItem, ReviewState
from routing.ports import Store
from routing.services import intake, matching, offers, presence, review, triage, wrap_up
from routing.services.context import Context
from routing.services.intake import IncomingMessage, Receipt

C1 = ConversationId("c-1")
State = ConversationState


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def context(store: Store, clock: FrozenClock) -> Context:
    return make_context(store, clock=clock)


def write(context: Context, text: str = "card_lost", event: str = "e-1", **changes: object) -> Receipt:
    message = IncomingMessage(event, "kafka", text, "uk", conversation_id="c-1")
    return intake.receive(context, replace(message, **changes))  # type: ignore[arg-type]


def stored(context: Context) -> Conversation:
    return read(context.store, lambda uow: uow.conversations.get(C1))


def understand(context: Context) -> ScriptedClassifier:
    classifier = ScriptedClassifier()
    triage.triage_batch(context, classifier)
    return classifier


def in_review(context: Context) -> ReviewItem:
    write(context, "unsure card_lost")
    understand(context)
    return the_reviews(context)[0]


def the_reviews(context: Context) -> list[ReviewItem]:
    return read(context.store, lambda uow: uow.reviews.in_states(tuple(ReviewState), None, 99))


def kinds(context: Context) -> list[EventKind]:
    return [event.kind for event in read(context.store, lambda uow: uow.events.of(C1))]


def end(context: Context) -> None:
    """Offer it to ada, who handles it."""
    presence.set_presence(context, presence.PresenceChange(CopId("ada"), Presence.AVAILABLE, "ada"))
    matching.tick(context, ScriptedMatcher(), "main", "one")
    offer = read(context.store, lambda uow: uow.offers.pending_for(C1))
    assignment = offers.accept(context, offer.id)
    wrap_up.wrap_up(context, assignment.id, WrapUp(Disposition.RESOLVED, 30.0))


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


def test_a_sure_triage_sends_a_conversation_to_those_who_wait(context: Context) -> None:
    write(context)
    understand(context)

    conversation = stored(context)
    assert (conversation.state, conversation.issue_type, conversation.language) == (State.WAITING, "card_lost", "en")
    assert (conversation.candidates, conversation.priority) == ((("card_lost", 1.0),), 2)
    [event] = [e for e in read(context.store, lambda uow: uow.outbox.pending(9)) if e.conversation_id == C1]
    assert (event.kind, event.data["model_version"]) == (EventKind.CONVERSATION_TRIAGED, "scripted-1")


def test_an_unsure_triage_opens_a_review_with_a_deadline(context: Context) -> None:
    item = in_review(context)

    assert stored(context).state is State.IN_REVIEW
    assert (item.state, item.deadline_at, item.reasons) == (
        ReviewState.OPEN,
        NOON + context.policy.review_deadline,
        ("low_confidence",),
    )
    assert stored(context).candidates == (("card_lost", 0.6), ("card_late", 0.4))


def test_what_may_be_fraud_never_waits_for_a_review(context: Context) -> None:
    write(context, "unsure fraud_seen")
    understand(context)

    assert (stored(context).state, stored(context).fraud, the_reviews(context)) == (State.WAITING, True, [])
    assert len(stored(context).candidates) == 2


def test_a_message_that_comes_while_triage_runs_is_understood_in_the_next_batch(context: Context) -> None:
    write(context)
    classifier = ScriptedClassifier(meanwhile=lambda: write(context, "limit_raise", event="e-2"))

    assert triage.triage_batch(context, classifier) == 0
    assert stored(context).state is State.RECEIVED
    assert read(context.store, lambda uow: uow.triages.latest_of([C1])) == {}
    understand(context)
    assert stored(context).issue_type == "limit_raise"


def test_a_market_that_left_the_pack_does_not_stop_the_triage_of_others(context: Context) -> None:
    write(context)
    write(context, event="e-2", conversation_id="c-2", market="ie")
    pack = make_pack()
    smaller = replace(pack, markets={key: m for key, m in pack.markets.items() if key != "ie"})

    assert triage.triage_batch(replace(context, packs=FixedPacks(smaller)), ScriptedClassifier()) == 2


def test_a_message_the_classifier_fails_on_goes_to_people_and_holds_up_nobody_else(
    context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    write(context, "poison card_lost")
    write(context, "card_late", event="e-2", conversation_id="c-2")

    understand(context)

    assert stored(context).state is State.IN_REVIEW
    assert read(context.store, lambda uow: uow.conversations.get(ConversationId("c-2"))).state is State.WAITING
    [item] = the_reviews(context)
    assert (item.conversation_id, item.reasons) == ("c-1", ("not_understood",))
    assert "ValueError" in caplog.text and "poison" not in caplog.text


def test_a_message_nobody_understood_is_matched_past_its_deadline(context: Context, clock: FrozenClock) -> None:
    write(context, "poison")
    understand(context)
    clock.advance(context.policy.review_deadline_seconds)

    assert review.lapse_due(context) == 1
    assert stored(context).state is State.WAITING and stored(context).candidates


def test_while_the_classifier_fails_on_everything_everybody_waits_for_it(context: Context) -> None:
    write(context)
    with pytest.raises(ValueError, match="account"):
        triage.triage_batch(context, ScriptedClassifier(broken=True))

    assert stored(context).state is State.RECEIVED
    understand(context)
    assert stored(context).state is State.WAITING


def test_what_would_be_done_with_a_message_is_told_without_storing_it(context: Context) -> None:
    told = triage.triage_text(context, ScriptedClassifier(), "unsure card_lost", "uk")

    assert (told.issue_type, told.decision) == ("card_lost", "review")
    assert read(context.store, lambda uow: uow.events.last_seq()) == 0


def test_a_claim_keeps_others_off_until_it_runs_out(context: Context, clock: FrozenClock) -> None:
    item = in_review(context)
    review.claim(context, item.id, "mona")

    for step in (review.claim, review.skip):
        with pytest.raises(NotTheOwner, match="mona"):
            step(context, item.id, "max")
    with pytest.raises(NotTheOwner, match="mona"):
        review.give_verdict(context, item.id, "card_lost", "max")
    clock.advance(context.policy.claim_lease_seconds)
    assert review.claim(context, item.id, "max").holder(clock.now()) == "max"


def test_a_skipped_item_is_open_to_others(context: Context) -> None:
    item = in_review(context)
    review.claim(context, item.id, "mona")
    skipped = review.skip(context, item.id, "mona")

    assert (skipped.state, skipped.skipped_by) == (ReviewState.OPEN, ("mona",))
    assert review.claim(context, item.id, "max").claimed_by == "max"


def test_a_verdict_decides_what_it_is_matched_by_and_teaches(context: Context) -> None:
    item = in_review(context)
    review.give_verdict(context, item.id, "limit_raise", "mona")

    conversation = stored(context)
    assert (conversation.state, conversation.candidates) == (State.WAITING, (("limit_raise", 1.0),))
    [label] = read(context.store, lambda uow: uow.labels.all())
    assert (label.text, label.issue_type, label.decided_by) == ("unsure card_lost", "limit_raise", "mona")
    with pytest.raises(IllegalTransition):
        review.give_verdict(context, item.id, "card_lost", "max")


def test_a_verdict_outside_the_taxonomy_sends_it_on_under_its_uncertainty(context: Context) -> None:
    item = in_review(context)
    review.give_verdict(context, item.id, None, "mona")

    assert stored(context).state is State.WAITING
    assert stored(context).candidates == (("card_lost", 0.6), ("card_late", 0.4))
    assert read(context.store, lambda uow: uow.labels.all())[0].issue_type is None


def test_a_verdict_of_an_unknown_type_changes_nothing(context: Context) -> None:
    item = in_review(context)
    with pytest.raises(UnknownIssueType, match="teapot"):
        review.give_verdict(context, item.id, "teapot", "mona")

    assert the_reviews(context) == [item]
    assert stored(context).state is State.IN_REVIEW


def test_an_undone_verdict_takes_the_label_away_and_gives_the_uncertainty_back(context: Context) -> None:
    item = in_review(context)
    uncertain = stored(context).candidates
    review.give_verdict(context, item.id, "limit_raise", "mona")
    with pytest.raises(NotTheOwner, match="mona"):
        review.undo(context, item.id, "max")

    assert review.undo(context, item.id, "mona").state is ReviewState.OPEN

    conversation = stored(context)
    assert (conversation.state, conversation.issue_type) == (State.IN_REVIEW, "card_lost")
    assert (conversation.candidates, conversation.priority) == (uncertain, 2)
    assert read(context.store, lambda uow: uow.labels.all()) == []
    assert review.give_verdict(context, item.id, "card_late", "max").state is ReviewState.DECIDED


def test_a_verdict_undone_after_the_deadline_leaves_the_conversation_waiting_under_its_uncertainty(
    context: Context, clock: FrozenClock
) -> None:
    item = in_review(context)
    review.give_verdict(context, item.id, "limit_raise", "mona")
    clock.advance(context.policy.review_deadline_seconds)

    assert review.undo(context, item.id, "mona").state is ReviewState.LAPSED
    assert (stored(context).state, stored(context).issue_type) == (State.WAITING, "card_lost")
    assert kinds(context)[-2:] == [EventKind.REVIEW_UNDONE, EventKind.REVIEW_LAPSED]


def test_past_its_deadline_a_review_lets_the_conversation_go_on_and_a_late_verdict_still_corrects_it(
    context: Context, clock: FrozenClock
) -> None:
    item = in_review(context)
    clock.advance(context.policy.review_deadline_seconds - 0.001)
    assert review.lapse_due(context) == 0
    clock.advance(0.001)
    assert review.lapse_due(context) == 1

    assert (stored(context).state, stored(context).waiting_since) == (State.WAITING, NOON)
    assert len(stored(context).candidates) == 2
    review.give_verdict(context, item.id, "card_late", "mona")
    assert stored(context).candidates == (("card_late", 1.0),)
    assert review.lapse_due(context) == 0


def test_a_new_message_supersedes_the_question_about_the_older_words(context: Context, clock: FrozenClock) -> None:
    item = in_review(context)
    clock.advance(5)
    write(context, "card_late", event="e-2")

    assert (stored(context).state, the_reviews(context)[0].state) == (State.RECEIVED, ReviewState.SUPERSEDED)
    with pytest.raises(IllegalTransition):
        review.give_verdict(context, item.id, "card_lost", "mona")


def test_a_question_from_before_a_reopening_teaches_and_steers_nothing(context: Context, clock: FrozenClock) -> None:
    old = in_review(context)
    clock.advance(context.policy.review_deadline_seconds)
    review.lapse_due(context)
    end(context)
    clock.advance(60)
    write(context, "unsure limit_raise", event="e-2")
    understand(context)
    before = stored(context)

    review.give_verdict(context, old.id, "card_late", "mona")

    assert stored(context) == before
    assert sorted(i.state for i in the_reviews(context)) == [ReviewState.DECIDED, ReviewState.OPEN]
    [label] = read(context.store, lambda uow: uow.labels.all())
    assert (label.text, label.issue_type) == ("unsure card_lost", "card_late")


def test_a_question_about_words_written_after_a_transfer_is_decided_like_any_other(
    context: Context, clock: FrozenClock
) -> None:
    write(context)
    understand(context)
    presence.set_presence(context, presence.PresenceChange(CopId("ada"), Presence.AVAILABLE, "ada"))
    matching.tick(context, ScriptedMatcher(), "main", "one")
    assignment = offers.accept(context, read(context.store, lambda uow: uow.offers.pending_for(C1)).id)
    wrap_up.transfer(context, assignment.id, "needs another skill")
    clock.advance(5)
    write(context, "unsure card_lost", "e-2")
    understand(context)

    review.give_verdict(context, the_reviews(context)[0].id, "limit_raise", "mona")

    assert (stored(context).state, stored(context).candidates) == (State.WAITING, (("limit_raise", 1.0),))


def test_a_verdict_undone_after_newer_words_were_understood_changes_the_conversation_no_more(
    context: Context, clock: FrozenClock
) -> None:
    item = in_review(context)
    review.give_verdict(context, item.id, "limit_raise", "mona")
    clock.advance(5)
    write(context, "card_late", event="e-2")
    understand(context)
    before = stored(context)

    review.undo(context, item.id, "mona")

    assert stored(context) == before
    assert before.state is State.WAITING and before.channel is Channel.CHAT
