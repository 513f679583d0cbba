"""What customers and COps write is stored, and told, only as the masker gave it back."""

import pytest
from builders import PlainMasker, make_context, make_conversation
from seeds import committed, put_conversations, put_offer, read, told

from routing.adapters.memory import MemoryStore
from routing.domain.conversation import ConversationId, ConversationState
from routing.domain.cop import Channel
from routing.domain.events import EventKind
from routing.services import intake, offers
from routing.services.context import Context
from routing.services.intake import IncomingMessage

CARD = "4000 1234 5678 9010"


class CardMasker(PlainMasker):
    """Knows one card."""

    def mask(self, text: str) -> str:
        return super().mask(text).replace(CARD, "[card]")


@pytest.fixture
def context() -> Context:
    return make_context(MemoryStore(), masker=CardMasker())


def test_a_message_is_stored_masked(context: Context) -> None:
    intake.receive(context, IncomingMessage("e-1", "api", f"lost {CARD}", "uk", Channel.CHAT, "c-1"))
    [[message]] = read(context.store, lambda uow: uow.conversations.messages_of([ConversationId("c-1")])).values()
    assert message.text == "lost [card]"


def test_a_reason_to_decline_is_stored_and_told_masked(context: Context) -> None:
    put_conversations(context.store, make_conversation(state=ConversationState.OFFERED))
    offer = put_offer(context.store)
    committed(context.store, lambda uow: uow.cops.reserve(offer.cop_id, offer.channel))
    ended = offers.decline(context, offer.id, f"has {CARD}")
    [fact] = told(context.store, EventKind.OFFER_DECLINED)
    assert (ended.reason, fact.data["reason"]) == ("has [card]", "has [card]")
