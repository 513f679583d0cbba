"""Contract of reviews, over all three stores: claims, verdicts and what they teach, what is undone, what is late."""

import pytest
from builders import NOON, FrozenClock
from doubles import ScriptedMatcher
from first_messages import C1, State, end, in_review, kinds, stored, the_reviews, understand, write
from seeds import read

from routing.domain.cop import Channel, CopId, Presence
from routing.domain.errors import IllegalTransition, NotTheOwner, UnknownIssueType
from routing.domain.events import EventKind
from routing.domain.review import ReviewState
from routing.services import matching, offers, presence, review, wrap_up
from routing.services.context import Context


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
