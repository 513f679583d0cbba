"""Contract of the further steps in the queue, over all stores: several needs, asking a lead, proposing a new type."""

from dataclasses import replace

import pytest
from builders import FrozenClock
from first_messages import C1, end, in_review, stored, the_reviews, understand, write
from seeds import read

from routing.domain.conversation import ConversationId
from routing.domain.errors import IllegalTransition, Invalid, NotFound, NotTheOwner, Refused, UnknownIssueType
from routing.domain.events import Event, EventKind
from routing.domain.proposal import ProposalId, ProposalState, Settlement
from routing.domain.review import Escalation, ReviewItem, ReviewState
from routing.services import escalating, proposals, reporting, review
from routing.services.context import Context
from routing.services.proposals import Draft


def second_item(context: Context) -> ReviewItem:
    write(context, "unsure card_lost again", event="e-2", conversation_id="c-2", market="uk")
    understand(context)
    return read(context.store, lambda uow: uow.reviews.undecided_for(ConversationId("c-2")))[0]


def newest(context: Context, kind: EventKind) -> Event:
    return read(context.store, lambda uow: uow.events.newest_of([kind], 1))[0]


def test_of_several_needs_the_most_urgent_routes_and_the_others_are_kept_and_nothing_is_learned(
    context: Context,
) -> None:
    item = in_review(context)
    decided = review.give_verdict(context, item.id, "limit_raise", "mona", ["card_lost", "limit_raise"])

    assert decided.verdict is not None
    assert (decided.verdict.issue_type, decided.verdict.needs) == ("card_lost", ("limit_raise",))
    assert stored(context).candidates == (("card_lost", 1.0),)
    assert reporting.conversation(context, C1).needs == ("limit_raise",)
    assert read(context.store, lambda uow: uow.labels.all()) == []
    end(context)
    assert reporting.conversation(context, C1).needs == ("limit_raise",)


def test_several_needs_that_are_taken_back_are_no_longer_asked_about(context: Context) -> None:
    item = in_review(context)
    review.give_verdict(context, item.id, "limit_raise", "mona", ["card_lost"])
    review.undo(context, item.id, "mona")
    assert reporting.conversation(context, C1).needs == ()


@pytest.mark.parametrize(
    ("first", "also", "error"),
    [
        (None, ["card_lost"], Invalid),
        ("card_lost", ["teapot"], UnknownIssueType),
        ("card_lost", ["limit_raise"] * 5, Invalid),
    ],
)
def test_needs_that_make_no_sense_decide_nothing(
    context: Context, first: str | None, also: list[str], error: type[Exception]
) -> None:
    item = in_review(context)
    with pytest.raises(error):
        review.give_verdict(context, item.id, first, "mona", also)
    assert the_reviews(context) == [item]


def test_a_verdict_tells_how_long_its_item_was_held(context: Context, clock: FrozenClock) -> None:
    item = in_review(context)
    review.claim(context, item.id, "mona")
    clock.advance(4)
    review.claim(context, item.id, "mona")
    clock.advance(3.5)
    decided = review.give_verdict(context, item.id, "card_lost", "mona")
    assert decided.verdict is not None
    assert decided.verdict.seconds == 7.5
    assert read(context.store, lambda uow: uow.reviews.get(item.id)) == decided


def test_a_verdict_without_a_claim_is_not_timed(context: Context, clock: FrozenClock) -> None:
    item = in_review(context)
    review.claim(context, item.id, "mona")
    clock.advance(context.policy.claim_lease_seconds)
    decided = review.give_verdict(context, item.id, "card_lost", "max")
    assert decided.verdict is not None
    assert decided.verdict.seconds is None


def test_an_escalated_item_goes_ahead_of_all_others_with_its_note_and_keeps_its_deadline(
    context: Context, clock: FrozenClock
) -> None:
    first, second = in_review(context), second_item(context)
    last = max(first, second, key=lambda item: item.place)
    review.claim(context, last.id, "mona")
    escalated = escalating.escalate(context, last.id, "mona", "  is this\n a complaint? ", "max")

    assert escalated.escalation == Escalation("mona", clock.now(), "is this a complaint?", "max")
    assert (escalated.state, escalated.skipped_by) == (ReviewState.OPEN, ("mona",))
    assert escalated.deadline_at == last.deadline_at
    assert the_reviews(context)[0] == escalated
    fact = newest(context, EventKind.REVIEW_ESCALATED)
    assert (fact.actor, fact.data["note"], fact.data["to"]) == ("mona", "is this a complaint?", "max")
    again = escalating.escalate(context, last.id, "max", "I cannot tell either")
    assert again.value == escalated.value
    assert review.give_verdict(context, last.id, "card_lost", "mona").escalation == again.escalation


def test_an_escalated_item_that_lapses_still_goes_ahead(context: Context, clock: FrozenClock) -> None:
    first, second = in_review(context), second_item(context)
    last = max(first, second, key=lambda item: item.place)
    escalating.escalate(context, last.id, "mona", "please look")
    clock.advance(context.policy.review_deadline_seconds)
    assert review.lapse_due(context) == 2
    assert the_reviews(context)[0].id == last.id


def test_nobody_escalates_what_another_holds_or_has_decided_nor_without_a_word(context: Context) -> None:
    item = in_review(context)
    review.claim(context, item.id, "mona")
    with pytest.raises(NotTheOwner):
        escalating.escalate(context, item.id, "max", "mine?")
    with pytest.raises(Invalid, match="note"):
        escalating.escalate(context, item.id, "mona", " \n ")
    with pytest.raises(Invalid, match="note"):
        escalating.escalate(context, item.id, "mona", "x" * 501)
    review.give_verdict(context, item.id, "card_lost", "mona")
    with pytest.raises(IllegalTransition):
        escalating.escalate(context, item.id, "mona", "too late")


def test_a_proposed_type_keeps_its_cases_which_still_go_on_by_their_deadline(
    context: Context, clock: FrozenClock
) -> None:
    first, second = in_review(context), second_item(context)
    review.claim(context, first.id, "mona")
    made = proposals.propose(context, Draft("Card  art", "Wants another picture", "mona", (first.id, first.id)))
    joined = proposals.propose(context, Draft("card ART", "the same", "max", (second.id,)))

    assert (made.cases, joined.cases) == ((first.id,), (second.id,))
    assert joined.proposal == made.proposal
    [view] = proposals.listed(context, ProposalState.OPEN)
    assert (view.proposal.name, view.proposal.proposed_by) == ("Card art", "mona")
    assert [text for _, text in view.cases] == ["unsure card_lost", "unsure card_lost again"]
    clock.advance(context.policy.review_deadline_seconds)
    assert review.lapse_due(context) == 2
    assert len(proposals.view(context, made.proposal.id).cases) == 2


def test_what_others_hold_or_decided_is_left_out_of_a_proposal(context: Context) -> None:
    first, second = in_review(context), second_item(context)
    review.claim(context, first.id, "max")
    review.give_verdict(context, second.id, "card_lost", "max")
    made = proposals.propose(context, Draft("Card art", "Pictures", "mona", (first.id, second.id)))
    assert (made.cases, made.left_out) == ((), (first.id, second.id))


def test_a_proposal_that_cannot_be_stores_nothing(context: Context) -> None:
    item = in_review(context)
    taken = context.packs.current().taxonomy.get("card_lost").name
    with pytest.raises(Refused, match="already"):
        proposals.propose(context, Draft(taken.upper(), "x", "mona", (item.id,)))
    with pytest.raises(Invalid, match="name"):
        proposals.propose(context, Draft(" ", "x", "mona"))
    with pytest.raises(NotFound):
        proposals.propose(context, Draft("Card art", "x", "mona", (replace(item, id="no-such").id,)))
    assert proposals.listed(context, None) == []


def test_a_proposal_is_settled_once_and_an_accepted_one_gets_a_key(context: Context, clock: FrozenClock) -> None:
    made = proposals.propose(context, Draft("Karten-Motiv ändern", "Pictures", "mona")).proposal
    taken = Settlement(ProposalState.ACCEPTED, "root", clock.now(), key="card_lost")
    with pytest.raises(Refused, match="card_lost"):
        proposals.settle(context, made.id, taken)
    with pytest.raises(Invalid, match="key"):
        proposals.settle(context, made.id, replace(taken, key="Not A Key"))
    accepted = proposals.settle(context, made.id, replace(taken, key=None, note="  good "))
    assert accepted.settlement == Settlement(ProposalState.ACCEPTED, "root", clock.now(), "good", "karten_motiv_andern")
    assert read(context.store, lambda uow: uow.proposals.get(made.id)) == accepted
    with pytest.raises(IllegalTransition):
        proposals.settle(context, made.id, Settlement(ProposalState.DECLINED, "root", clock.now()))
    assert proposals.listed(context, ProposalState.OPEN) == []
    fact = newest(context, EventKind.PROPOSAL_SETTLED)
    assert fact.data == {"proposal_id": made.id, "state": "accepted", "key": "karten_motiv_andern", "note": "good"}


def test_whoever_has_some_markets_sees_proposals_with_a_case_there(context: Context) -> None:
    item = in_review(context)
    proposals.propose(context, Draft("Card art", "Pictures", "mona", (item.id,)))
    proposals.propose(context, Draft("Coins", "Coins", "mona"))
    assert [len(view.cases) for view in proposals.listed(context, None, frozenset({"uk"}))] == [1]
    assert proposals.listed(context, None, frozenset({"ie"})) == []
    with pytest.raises(NotFound):
        proposals.view(context, ProposalId("no-such"))
