"""A conversation takes only the steps that its state allows, and keeps its age through all that are not a new wait."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from builders import NOON, make_conversation, make_issue_type, make_taxonomy, make_triage

from routing.domain.conversation import ENDED, QUEUED, Conversation, ConversationState
from routing.domain.cop import CopId
from routing.domain.errors import IllegalTransition, UnknownIssueType
from routing.domain.issue import Decision

State = ConversationState
ADA, BEN, CLEO = CopId("ada"), CopId("ben"), CopId("cleo")
LATER = NOON + timedelta(minutes=5)
LOST = make_issue_type("card_lost", priority=1, vulnerable=True)

STEPS: dict[str, tuple[Callable[[Conversation], Conversation], set[State], State | None]] = {
    "understood": (lambda c: c.understood(make_triage(), (("card_lost", 1.0),), LOST), set(QUEUED), None),
    "hold_for_review": (lambda c: c.hold_for_review(), {State.RECEIVED}, State.IN_REVIEW),
    "queue": (lambda c: c.queue(), set(QUEUED), State.WAITING),
    "decided": (lambda c: c.decided(LOST), set(QUEUED), None),
    "back_to_triage": (lambda c: c.back_to_triage(), set(QUEUED), State.RECEIVED),
    "back_to_review": (lambda c: c.back_to_review(), {State.WAITING}, State.IN_REVIEW),
    "offered": (lambda c: c.offered(), {State.WAITING}, State.OFFERED),
    "returned": (lambda c: c.returned(ADA, 5), {State.OFFERED}, State.WAITING),
    "assigned": (lambda c: c.assigned(ADA, LATER), {State.OFFERED}, State.ASSIGNED),
    "transferred": (lambda c: c.transferred(ADA, None, 5), {State.ASSIGNED}, State.WAITING),
    "closed": (lambda c: c.closed(LATER), {State.ASSIGNED}, State.CLOSED),
    "reopened": (lambda c: c.reopened(LATER), set(ENDED), State.RECEIVED),
    "abandoned": (lambda c: c.abandoned(LATER), {*QUEUED, State.OFFERED}, State.ABANDONED),
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("state", State)
def test_a_step_is_taken_from_the_states_that_allow_it_and_refused_from_others(name: str, state: State) -> None:
    step, allowed, after = STEPS[name]
    before = make_conversation(state=state)

    if state not in allowed:
        with pytest.raises(IllegalTransition, match=f"c-1 is {state}"):
            step(before)
        return
    taken = step(before)
    assert taken.state is (after or state)
    assert taken.waiting_since == (LATER if name == "reopened" else NOON)
    assert taken.version == before.version


def test_what_triage_found_is_taken_over_with_the_facts_of_the_type() -> None:
    known = make_conversation().understood(make_triage(language="cy"), (("card_lost", 0.7), ("card_late", 0.3)), LOST)

    assert (known.issue_type, known.language, known.priority, known.vulnerable) == ("card_lost", "cy", 1, True)
    assert known.candidates == (("card_lost", 0.7), ("card_late", 0.3))
    assert known.target_seconds == LOST.service_target.seconds


@pytest.mark.parametrize(
    ("most", "skipped"),
    [(0, ()), (1, ("ben",)), (2, ("ada", "ben")), (3, ("cleo", "ada", "ben"))],
)
def test_only_the_newest_skipped_cops_are_remembered_each_once(most: int, skipped: tuple[str, ...]) -> None:
    conversation = make_conversation(state=State.OFFERED)
    for cop_id in (ADA, CLEO, ADA, BEN):
        returned = conversation.returned(cop_id, most)
        conversation = returned.offered()

    assert (returned.excluded, returned.returns) == (skipped, 4)


def test_an_offer_taken_back_skips_nobody() -> None:
    conversation = make_conversation(state=State.OFFERED, excluded=(ADA,))

    assert conversation.returned(None, 0).excluded == (ADA,)


def test_the_first_answer_counts_through_a_transfer() -> None:
    first = make_conversation(state=State.OFFERED).assigned(ADA, NOON)
    second = first.transferred(ADA, LOST, 5).offered().assigned(BEN, LATER)

    assert (second.answered_at, second.last_cop_id, second.excluded) == (NOON, "ben", ("ada",))
    assert second.candidates == (("card_lost", 1.0),)


def test_a_reopened_conversation_waits_anew_and_remembers_who_knows_it() -> None:
    ended = make_conversation(
        state=State.CLOSED, excluded=(BEN,), returns=2, answered_at=NOON, ended_at=NOON, last_cop_id=ADA
    )
    reopened = ended.reopened(LATER)

    assert (reopened.waiting_since, reopened.received_at, reopened.last_cop_id) == (LATER, NOON, "ada")
    assert (reopened.excluded, reopened.returns, reopened.answered_at, reopened.ended_at) == ((), 0, None, None)


def test_candidates_are_the_prediction_set_scaled_to_one() -> None:
    triage = make_triage(
        decision=Decision.REVIEW,
        prediction_set=("b", "c", "a"),
        distribution=(("a", 0.5), ("x", 0.2), ("b", 0.2), ("c", 0.1)),
    )

    assert dict(triage.candidates(5)) == pytest.approx({"a": 0.625, "b": 0.25, "c": 0.125})
    assert [key for key, _ in triage.candidates(2)] == ["a", "b"]
    assert sum(probability for _, probability in triage.candidates(2)) == pytest.approx(1)


def test_without_a_prediction_set_the_most_probable_type_is_the_candidate() -> None:
    assert make_triage(prediction_set=(), distribution=(("a", 0.4), ("b", 0.3))).candidates(5) == (("a", 1.0),)


def test_candidates_without_any_probability_share_it() -> None:
    triage = make_triage(prediction_set=("a", "b"), distribution=(("a", 0.0), ("b", 0.0)))

    assert triage.candidates(5) == (("a", 0.5), ("b", 0.5))


def test_a_type_outside_the_taxonomy_is_named() -> None:
    with pytest.raises(UnknownIssueType, match="teapot"):
        make_taxonomy().get("teapot")
