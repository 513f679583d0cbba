"""Short ways from a customer's first message to its end: written, understood, asked about, handled."""

from dataclasses import replace

from doubles import ScriptedClassifier, ScriptedMatcher
from seeds import read

from routing.domain.conversation import Conversation, ConversationId, ConversationState
from routing.domain.cop import CopId, Presence
from routing.domain.events import EventKind
from routing.domain.outcome import Disposition, WrapUp
from routing.domain.review import ReviewItem, ReviewState
from routing.services import intake, matching, offers, presence, triage, wrap_up
from routing.services.context import Context
from routing.services.intake import IncomingMessage, Receipt

C1 = ConversationId("c-1")
State = ConversationState


def write(context: Context, text: str = "card_lost", event: str = "e-1", **changes: object) -> Receipt:
    message = IncomingMessage(event, "kafka", text, "uk", conversation_id="c-1")
    return intake.receive(context, replace(message, **changes))  # type: ignore[arg-type]


def stored(context: Context) -> Conversation:
    return read(context.store, lambda uow: uow.conversations.get(C1))


def understand(context: Context) -> ScriptedClassifier:
    classifier = ScriptedClassifier()
    triage.triage_batch(context, classifier)
    return classifier


def in_review(context: Context) -> ReviewItem:
    write(context, "unsure card_lost")
    understand(context)
    return the_reviews(context)[0]


def the_reviews(context: Context) -> list[ReviewItem]:
    return read(context.store, lambda uow: uow.reviews.in_states(tuple(ReviewState), None, 99))


def kinds(context: Context) -> list[EventKind]:
    return [event.kind for event in read(context.store, lambda uow: uow.events.of(C1))]


def end(context: Context) -> None:
    """Offer it to ada, who handles it."""
    presence.set_presence(context, presence.PresenceChange(CopId("ada"), Presence.AVAILABLE, "ada"))
    matching.tick(context, ScriptedMatcher(), "main", "one")
    offer = read(context.store, lambda uow: uow.offers.pending_for(C1))
    assignment = offers.accept(context, offer.id)
    wrap_up.wrap_up(context, assignment.id, WrapUp(Disposition.RESOLVED, 30.0))
