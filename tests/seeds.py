"""Short ways to put rows into a store, each committed."""

from collections.abc import Callable
from typing import Any

from builders import make_conversation, make_cop, make_label, make_offer

from routing.domain.conversation import Conversation
from routing.domain.cop import Cop
from routing.domain.events import Event, EventKind
from routing.domain.offer import Offer
from routing.ports import Store, UnitOfWork


def committed(store: Store, step: Callable[[UnitOfWork], Any]) -> Any:
    """Run a step in a transaction of its own and commit it; returns what the step returned."""
    with store.transaction() as uow:
        result = step(uow)
        uow.commit()
    return result


def read(store: Store, question: Callable[[UnitOfWork], Any]) -> Any:
    """The answer to a question in a reading transaction."""
    with store.reading() as uow:
        return question(uow)


def put_conversations(store: Store, *conversations: Conversation) -> None:
    """Add conversations; by default c-1."""
    for conversation in conversations or (make_conversation(),):
        committed(store, lambda uow, c=conversation: uow.conversations.add(c))


def put_offer(store: Store, **changes: Any) -> Offer:
    """A conversation (when it is new) and a pending offer of it."""
    offer = make_offer(**changes)

    def step(uow: UnitOfWork) -> None:
        if not uow.conversations.get_many([offer.conversation_id]):
            uow.conversations.add(make_conversation(offer.conversation_id))
        uow.offers.add(offer)

    committed(store, step)
    return offer


def put_cops(store: Store, *cops: Cop) -> None:
    """Sync a roster; by default ada."""
    committed(store, lambda uow: uow.cops.sync(cops or (make_cop(),)))


def put_labels(store: Store, *pairs: tuple[str, str | None], **changes: Any) -> None:
    """Labels that people gave: (text, issue type or None for outside), label-0 and on."""
    for number, (text, key) in enumerate(pairs):
        label = make_label(f"label-{number}", text=text, issue_type=key, **changes)
        committed(store, lambda uow, added=label: uow.labels.add(added))


def told(store: Store, kind: EventKind) -> list[Event]:
    """What the history holds of one kind, oldest first."""
    return [event for event in read(store, lambda uow: uow.events.after(0, 100)) if event.kind is kind]
