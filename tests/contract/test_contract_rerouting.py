"""Contract of what managers send another way, over all stores."""

import pytest
from builders import FrozenClock
from doubles import ScriptedMatcher
from first_messages import C1, State, end, in_review, stored, the_reviews, understand, write
from seeds import read

from routing.domain.cop import CopId, Presence
from routing.domain.errors import IllegalTransition, Invalid, Refused
from routing.domain.events import EventKind
from routing.domain.review import ReviewState
from routing.services import matching, offers, presence, rerouting, review, wrap_up
from routing.services.context import Context


def offered(context: Context) -> None:
    write(context, "card_late")
    understand(context)
    presence.set_presence(context, presence.PresenceChange(CopId("ada"), Presence.AVAILABLE, "ada"))
    matching.tick(context, ScriptedMatcher(), "main", "one")
    assert stored(context).state is State.OFFERED


def test_an_offered_conversation_goes_by_another_type_and_teaches(context: Context) -> None:
    offered(context)
    rerouting.reroute(context, C1, "limit_raise", "mona", "asked for more")

    conversation = stored(context)
    assert (conversation.state, conversation.candidates) == (State.WAITING, (("limit_raise", 1.0),))
    assert read(context.store, lambda uow: uow.offers.pending_for(C1)) is None
    [label] = read(context.store, lambda uow: uow.labels.all())
    assert (label.text, label.issue_type, label.decided_by) == ("card_late", "limit_raise", "mona")
    [fact] = read(context.store, lambda uow: uow.events.newest_of([EventKind.CONVERSATION_REROUTED], 9))
    assert fact.data == {"before": "card_late", "issue_type": "limit_raise", "note": "asked for more"}


def test_rerouting_what_waits_for_a_decision_ends_the_question(context: Context) -> None:
    item = in_review(context)
    rerouting.reroute(context, C1, "card_late", "mona", "I know them")
    assert read(context.store, lambda uow: uow.reviews.get(item.id)).state is ReviewState.SUPERSEDED
    assert stored(context).state is State.WAITING


def test_a_conversation_is_asked_about_again_and_goes_on_by_its_deadline(context: Context, clock: FrozenClock) -> None:
    offered(context)
    item = rerouting.send_back(context, C1, "mona", "is it really late?")

    assert (stored(context).state, item.reasons) == (State.IN_REVIEW, ("sent_back",))
    assert the_reviews(context) == [item]
    with pytest.raises(Refused, match="already"):
        rerouting.send_back(context, C1, "mona", "again")
    clock.advance(context.policy.review_deadline_seconds)
    assert review.lapse_due(context) == 1
    assert (stored(context).state, stored(context).issue_type) == (State.WAITING, "card_late")


def test_what_was_asked_about_again_can_be_decided(context: Context) -> None:
    offered(context)
    item = rerouting.send_back(context, C1, "mona", "is it really late?")
    review.give_verdict(context, item.id, "limit_raise", "max")
    assert stored(context).candidates == (("limit_raise", 1.0),)


def test_neither_work_that_began_nor_fraud_nor_silence_is_sent_back(context: Context) -> None:
    write(context, "card_lost")  # of the fast lane
    understand(context)
    if stored(context).fast_lane:
        with pytest.raises(Refused, match="nothing holds it up"):
            rerouting.send_back(context, C1, "mona", "sure?")
    with pytest.raises(Invalid, match="note"):
        rerouting.reroute(context, C1, "card_late", "mona", " ")
    end(context)
    with pytest.raises(IllegalTransition):
        rerouting.reroute(context, C1, "card_late", "mona", "too late")


def test_what_a_manager_hands_on_is_told_and_learned_as_theirs(context: Context) -> None:
    offered(context)
    offer = read(context.store, lambda uow: uow.offers.pending_for(C1))
    work = offers.accept(context, offer.id)
    wrap_up.hand_on(context, work.id, wrap_up.Handover("ada is ill", "limit_raise", told_by="mona"))
    assert (stored(context).state, stored(context).issue_type) == (State.WAITING, "limit_raise")
    [fact] = read(context.store, lambda uow: uow.events.newest_of([EventKind.ASSIGNMENT_TRANSFERRED], 9))
    [label] = read(context.store, lambda uow: uow.labels.all())
    assert (fact.actor, fact.cop_id, label.decided_by) == ("mona", "ada", "mona")
