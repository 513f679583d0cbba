"""The market boundary in every store: what is counted or listed `within` some markets is theirs and nobody else's."""

from datetime import timedelta

import pytest
from builders import (
    NOON,
    make_context,
    make_conversation,
    make_event,
    make_message,
    make_offer,
    make_review,
    make_triage,
)
from seeds import committed, read

from routing.domain.conversation import ConversationState
from routing.domain.errors import NotFound
from routing.domain.events import EventKind
from routing.domain.issue import LANGUAGE_NOT_EVALUATED, Decision
from routing.domain.market import Markets
from routing.domain.review import ReviewState
from routing.ports import ConversationFilter, Store, UnitOfWork
from routing.services.intake import IncomingMessage, receive

MARKETS = ("uk", "uk", "ie")
WITHIN: tuple[tuple[Markets, int], ...] = (
    (None, 3),
    (frozenset({"uk"}), 2),
    (frozenset({"ie"}), 1),
    (frozenset({"uk", "ie"}), 3),
    (frozenset({"fr"}), 0),
    (frozenset(), 0),
)
NAMES = ["every" if markets is None else "+".join(sorted(markets)) or "none" for markets, _ in WITHIN]
within = pytest.mark.parametrize(("markets", "theirs"), WITHIN, ids=NAMES)


def fill(uow: UnitOfWork) -> None:
    """Of everything one a conversation, two in uk and one in ie."""
    for number, market in enumerate(MARKETS):
        id = f"c-{number}"
        uow.conversations.add(make_conversation(id, market=market, state=ConversationState.OFFERED))
        uow.conversations.add_message(make_message(f"m-{number}", id))
        decision = Decision.REVIEW
        uow.triages.add(
            make_conversation(id).id, make_triage(decision=decision, reasons=(LANGUAGE_NOT_EVALUATED,), language="cy")
        )
        uow.reviews.add(make_review(f"r-{number}", id, value=float(number)))
        uow.offers.add(make_offer(f"o-{number}", id))
        uow.events.append(make_event(EventKind.OFFER_MADE, id))
    uow.events.append(make_event(EventKind.PRESENCE_CHANGED, None, cop_id="ada"))


@pytest.fixture
def filled(store: Store) -> Store:
    committed(store, fill)
    return store


@within
def test_lists_hold_what_is_theirs(filled: Store, markets: Markets, theirs: int) -> None:
    listed = read(filled, lambda uow: uow.conversations.page(ConversationFilter(within=markets), None, 9))
    assert len(listed) == theirs
    assert markets is None or {conversation.market for conversation in listed} <= markets
    items = read(filled, lambda uow: uow.reviews.in_states((ReviewState.OPEN,), None, 9, markets))
    assert len(items) == theirs
    assert [item.value for item in items] == sorted((item.value for item in items), reverse=True)


@within
def test_counts_count_what_is_theirs(filled: Store, markets: Markets, theirs: int) -> None:
    def counted(uow: UnitOfWork) -> list[int]:
        return [
            sum(uow.conversations.count_by_state(markets).values()),
            sum(uow.reviews.count_by_state(markets).values()),
            sum(uow.triages.decisions_since(NOON, markets).values()),
            uow.triages.languages_with_reason(LANGUAGE_NOT_EVALUATED, NOON, markets).get("cy", 0),
            uow.offers.count_pending(markets),
            uow.events.count_since((EventKind.OFFER_MADE,), NOON - timedelta(1), markets).get(EventKind.OFFER_MADE, 0),
        ]

    assert read(filled, counted) == [theirs] * 6


@within
def test_a_fact_about_no_conversation_is_counted_for_the_whole_bank_alone(
    filled: Store, markets: Markets, theirs: int
) -> None:
    kinds = (EventKind.PRESENCE_CHANGED,)
    counted = read(filled, lambda uow: uow.events.count_since(kinds, NOON - timedelta(1), markets))
    assert counted == ({EventKind.PRESENCE_CHANGED: 1} if markets is None else {})


def test_a_filter_and_a_boundary_must_both_hold(filled: Store) -> None:
    wanted = ConversationFilter(market="ie", within=frozenset({"uk"}))
    assert read(filled, lambda uow: uow.conversations.page(wanted, None, 9)) == []


def test_a_further_message_cannot_reach_a_conversation_of_another_market(filled: Store) -> None:

    context = make_context(filled)
    ours = frozenset({"ie"})
    with pytest.raises(NotFound):
        receive(context, IncomingMessage("e-1", "api", "let me in", "ie", conversation_id="c-0", within=ours))
    assert len(read(filled, lambda uow: uow.conversations.messages_of(["c-0"]))["c-0"]) == 1
    done = receive(context, IncomingMessage("e-1", "api", "hello", "ie", conversation_id="c-2", within=ours))
    assert not done.duplicate  # the refused attempt left no trace in the inbox either
