"""Contract: whatever order messages come in, and however often, the same is stored in the end."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

from builders import NOON, FrozenClock, make_context
from seeds import read

from routing.adapters.memory import MemoryStore
from routing.domain.conversation import ConversationId
from routing.ports import Store
from routing.services import intake
from routing.services.intake import IncomingMessage

CASES = 1_000


def events_of(random: Random) -> list[IncomingMessage]:
    """A few messages of a few conversations, each written at a time of its own."""
    return [
        IncomingMessage(
            event_id=f"e-{number}",
            source="shop",
            text=f"part {number}",
            market="uk",
            conversation_id=f"c-{random.randint(0, 2)}",
            customer_id="k",
            at=NOON + timedelta(seconds=random.randint(0, 60)),
        )
        for number in range(random.randint(1, 6))
    ]


def digest(store: Store, events: Sequence[IncomingMessage]) -> Any:
    """What is stored, without the ids that are made anew."""
    ids = sorted({ConversationId(str(event.conversation_id)) for event in events})
    found = read(store, lambda uow: (uow.conversations.get_many(ids), uow.conversations.messages_of(ids)))
    conversations, messages = found
    return [
        (
            id,
            conversations[id].state,
            conversations[id].received_at,
            conversations[id].waiting_since,
            sorted((m.text, m.at) for m in messages[id]),
        )
        for id in ids
    ]


def delivered(store: Store, events: Sequence[IncomingMessage], together: int = 1) -> Any:
    context = make_context(store, clock=FrozenClock(NOON + timedelta(minutes=2)))
    for start in range(0, len(events), together):
        intake.receive_all(context, events[start : start + together])
    return digest(store, events)


def test_any_order_and_any_repetition_of_messages_ends_in_the_same_state(record_property: Any) -> None:
    for seed in range(CASES):
        random = Random(seed)
        events = events_of(random)
        repeated = [*events, *random.choices(events, k=random.randint(0, 5))]
        random.shuffle(repeated)
        assert delivered(MemoryStore(), repeated, random.randint(1, 4)) == delivered(MemoryStore(), events), (
            f"seed {seed}"
        )
    record_property("told", f"permutations and repetitions of messages: {CASES:,}, each ended in the same state")


def test_a_first_message_that_comes_late_gives_its_conversation_its_true_age(store: Store) -> None:
    late = IncomingMessage("e-1", "shop", "first", "uk", conversation_id="c-1", at=NOON)
    early = IncomingMessage("e-2", "shop", "second", "uk", conversation_id="c-1", at=NOON + timedelta(seconds=30))
    assert delivered(store, [early, late])[0][2:4] == (NOON, NOON)
