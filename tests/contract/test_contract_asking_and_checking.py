"""Contract: what is asked of people has a value with reasons, and a share of what is not asked is checked blindly."""

from collections.abc import Sequence

import pytest
from builders import FrozenClock, make_context
from doubles import ScriptedClassifier
from seeds import read

from routing.domain.conversation import ConversationId, ConversationState
from routing.domain.events import EventKind
from routing.domain.policy import Policy
from routing.domain.review import ReviewItem, ReviewState
from routing.domain.worth import Term
from routing.ports import Store
from routing.services import intake, review, sampling, triage
from routing.services.context import Context
from routing.services.intake import IncomingMessage

C1 = ConversationId("c-1")


@pytest.fixture
def context(store: Store, clock: FrozenClock) -> Context:
    """Every automatic decision is checked."""
    return make_context(store, clock=clock, policy=Policy(blind_share=1.0))


def understood(context: Context, text: str, conversation: str = "c-1", event: str = "e-1") -> None:
    intake.receive(context, IncomingMessage(event, "kafka", text, "uk", conversation_id=conversation))
    triage.triage_batch(context, ScriptedClassifier())


def items(context: Context, *states: ReviewState) -> list[ReviewItem]:
    return read(context.store, lambda uow: uow.reviews.in_states(states or tuple(ReviewState), None, 99))


def state_of(context: Context) -> ConversationState:
    return read(context.store, lambda uow: uow.conversations.get(C1)).state


def test_an_automatic_decision_that_is_drawn_goes_on_at_once_and_waits_for_a_blind_verdict(context: Context) -> None:
    understood(context, "card_lost")
    [item] = items(context)
    assert state_of(context) is ConversationState.WAITING
    assert (item.blind, item.state, item.guess, item.model_version) == (
        True,
        ReviewState.LAPSED,
        "card_lost",
        "scripted-1",
    )
    kinds = [event.kind for event in read(context.store, lambda uow: uow.events.of(C1))]
    assert EventKind.SAMPLE_DRAWN in kinds and EventKind.REVIEW_OPENED not in kinds


def test_a_blind_item_has_the_same_value_whatever_was_guessed(context: Context) -> None:
    understood(context, "card_lost")
    understood(context, "fraud_seen", "c-2", "e-2")
    first, second = items(context)
    assert (first.value, first.value_reasons) == (second.value, second.value_reasons)


def test_the_verdict_counts_corrects_and_teaches_and_an_undo_takes_all_of_it_back(context: Context) -> None:
    understood(context, "card_lost")
    [item] = items(context)
    review.give_verdict(context, item.id, "card_late", "mona")
    everything, by_model = sampling.true_errors(context)
    assert (everything.checked.decided, everything.checked.wrong) == (1, 1)
    assert [found.checked.model_version for found in by_model] == ["scripted-1"]
    assert read(context.store, lambda uow: uow.conversations.get(C1)).issue_type == "card_late"
    assert [label.issue_type for label in read(context.store, lambda uow: uow.labels.all())] == ["card_late"]

    review.undo(context, item.id, "mona")

    assert items(context)[0].state is ReviewState.LAPSED
    assert read(context.store, lambda uow: uow.conversations.get(C1)).issue_type == "card_lost"
    assert read(context.store, lambda uow: uow.labels.all()) == []
    assert sampling.true_errors(context)[0].error is None


def test_only_what_was_decided_in_the_window_counts(context: Context, clock: FrozenClock) -> None:
    understood(context, "card_lost")
    clock.advance(2 * 86_400)
    understood(context, "card_late", "c-2", "e-2")
    assert sampling.true_errors(context, days=1)[0].checked.sampled == 1
    assert sampling.true_errors(context)[0].checked.sampled == 2


def test_a_blind_check_outlives_a_further_message_and_a_verdict_on_it_leaves_the_new_need_alone(
    context: Context, clock: FrozenClock
) -> None:
    understood(context, "card_lost")
    [item] = items(context)
    clock.advance(5)
    understood(context, "limit_raise", event="e-2")
    assert read(context.store, lambda uow: uow.reviews.get(item.id)).state is ReviewState.LAPSED
    review.give_verdict(context, item.id, "card_late", "mona")
    assert read(context.store, lambda uow: uow.conversations.get(C1)).issue_type == "limit_raise"
    [label] = read(context.store, lambda uow: uow.labels.all())
    assert (label.text, label.issue_type) == ("card_lost", "card_late")


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_share_of_nothing_draws_nothing_and_what_is_asked_openly_is_never_drawn(store: Store, share: float) -> None:
    context = make_context(store, policy=Policy(blind_share=share))
    understood(context, "unsure card_lost")
    assert [item.blind for item in items(context)] == [False]
    understood(context, "card_late", "c-2", "e-2")
    assert sum(item.blind for item in items(context)) == share


def test_an_open_question_has_a_value_the_guess_and_its_reasons(context: Context) -> None:
    understood(context, "unsure card_lost")
    [item] = items(context)
    assert item.value == pytest.approx(sum(part for _, part in item.value_reasons))
    assert {term for term, _ in item.value_reasons} >= {Term.URGENCY}
    assert (item.guess, item.model_version) == ("card_lost", "scripted-1")


def test_what_resembles_other_open_questions_is_worth_more(context: Context) -> None:
    for number in range(5):
        understood(context, "unsure card_lost again", f"c-{number}", f"e-{number}")
    found = sorted(items(context), key=lambda item: item.id)
    values = [item.value for item in found]
    assert values == sorted(values)
    assert values[0] < values[-1]


class Speechless(ScriptedClassifier):
    """Cannot compare messages."""

    def similar(self, text: str, cases: Sequence[str], most: int) -> list[tuple[int, float]]:
        raise RuntimeError(text)


def test_nobody_waits_because_messages_cannot_be_compared(context: Context) -> None:
    for number in range(2):
        intake.receive(context, IncomingMessage(f"e-{number}", "kafka", "unsure card_lost", "uk"))
    assert triage.triage_batch(context, Speechless()) == 2
    assert len(items(context, ReviewState.OPEN)) == 2
