"""Contract of triage, over all three stores: what is sure waits, the rest is asked about, failures hold up nobody."""

from dataclasses import replace

import pytest
from builders import NOON, FixedPacks, FrozenClock, make_pack
from doubles import ScriptedClassifier
from first_messages import C1, State, in_review, stored, the_reviews, understand, write
from seeds import read

from routing.domain.conversation import ConversationId
from routing.domain.events import EventKind
from routing.domain.review import ReviewState
from routing.services import review, triage
from routing.services.context import Context


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
