"""Short ways through a tick: who is there, who waits, what is offered and taken."""

from datetime import timedelta

from builders import FrozenClock, loads, make_context, make_conversation
from doubles import ScriptedMatcher
from seeds import committed, read

from routing.domain.conversation import Conversation, ConversationId, ConversationState
from routing.domain.cop import Channel, CopId, Presence
from routing.domain.offer import Assignment, Offer
from routing.domain.outcome import Disposition, WrapUp
from routing.domain.policy import Policy
from routing.domain.tick import TickRecord
from routing.ports import Store
from routing.services import matching, offers, presence
from routing.services.context import Context

C1 = ConversationId("c-1")
ADA, BEN = CopId("ada"), CopId("ben")
State = ConversationState
DONE = WrapUp(Disposition.RESOLVED, 61.0)


def manned(store: Store, clock: FrozenClock) -> Context:
    """Everybody of the roster is there."""
    made = make_context(store, clock=clock, policy=Policy(most_excluded=2))
    for cop_id in made.packs.current().roster:
        say(made, cop_id, Presence.AVAILABLE)
    return made


def say(context: Context, cop_id: CopId, said: Presence, event_id: str | None = None) -> None:
    presence.set_presence(context, presence.PresenceChange(cop_id, said, "test", event_id))


def wait(context: Context, id: str = "c-1", age_seconds: float = 0, **changes: object) -> Conversation:
    """A conversation that waits by the type card_late."""
    facts = {"state": State.WAITING, "issue_type": "card_late", "candidates": (("card_late", 1.0),), "language": "en"}
    since = context.clock.now() - timedelta(seconds=age_seconds)
    conversation = make_conversation(id, received_at=since, **{**facts, **changes})
    committed(context.store, lambda uow: uow.conversations.add(conversation))
    return conversation


def tick(context: Context, *pairs: tuple[str, str], holder: str = "one", **changes: object) -> TickRecord | None:
    plan = (lambda _: pairs) if pairs else None
    return matching.tick(context, ScriptedMatcher(plan=plan, **changes), "main", holder)  # type: ignore[arg-type]


def stored(context: Context, id: str = "c-1") -> Conversation:
    return read(context.store, lambda uow: uow.conversations.get(ConversationId(id)))


def offer_of(context: Context, id: str = "c-1") -> Offer:
    return read(context.store, lambda uow: uow.offers.pending_for(ConversationId(id)))


def load_of(context: Context, cop_id: CopId = ADA) -> dict[Channel, int]:
    return loads(read(context.store, lambda uow: uow.cops.status(cop_id).load))


def offered(context: Context, cop_id: str = "ada") -> Offer:
    wait(context, age_seconds=100)
    tick(context, ("c-1", cop_id))
    return offer_of(context)


def assigned(context: Context, cop_id: str = "ada") -> Assignment:
    return offers.accept(context, offered(context, cop_id).id)
