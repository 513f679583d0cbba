"""Views for people: conversations and why they went where they went, the work on them, and the facts told so far."""

from dataclasses import dataclass

from routing.domain.conversation import ENDED, Conversation, ConversationId, Message
from routing.domain.cop import CopId
from routing.domain.errors import NotFound
from routing.domain.events import Event
from routing.domain.issue import Triage
from routing.domain.market import Markets
from routing.domain.needs import open_needs
from routing.domain.offer import Assignment, Offer
from routing.ports import ConversationFilter
from routing.services.boundary import only, only_events, require_conversation
from routing.services.context import Context


@dataclass(frozen=True, slots=True)
class ConversationView:
    """One conversation with everything that belongs to it."""

    conversation: Conversation
    messages: tuple[Message, ...]
    triage: Triage | None
    offer: Offer | None
    assignment: Assignment | None
    needs: tuple[str, ...] = ()
    """Issue types the customer also asked about, which nobody has handled yet."""


def conversation(context: Context, id: ConversationId) -> ConversationView:
    """One conversation, its messages, its newest triage and its live work; NotFound when there is none."""
    with context.store.reading() as uow:
        found = uow.conversations.get(id)
        return ConversationView(
            conversation=found,
            messages=tuple(uow.conversations.messages_of([id])[id]),
            triage=uow.triages.latest_of([id]).get(id),
            offer=uow.offers.pending_for(id),
            assignment=uow.assignments.active_for(id),
            needs=open_needs(uow.events.of(id), found.issue_type if found.state not in ENDED else None),
        )


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why this issue type, why this COp: the triage, the newest offer with the matcher's account, and the history."""

    conversation: Conversation
    triage: Triage | None
    offer: Offer | None
    history: tuple[Event, ...]


def explanation(context: Context, id: ConversationId) -> Explanation:
    """The account of every decision about a conversation; NotFound when there is none."""
    with context.store.reading() as uow:
        return Explanation(
            conversation=uow.conversations.get(id),
            triage=uow.triages.latest_of([id]).get(id),
            offer=uow.offers.latest_for(id),
            history=tuple(uow.events.of(id)),
        )


def conversations(context: Context, wanted: ConversationFilter, before: str | None, most: int) -> list[Conversation]:
    """Conversations that match, newest first; `before` is the last id of the page before."""
    if before is not None:
        require_conversation(context, before, wanted.within)
    with context.store.reading() as uow:
        return uow.conversations.page(wanted, before, most)


def pending_offers(context: Context, cop_id: CopId, within: Markets = None) -> list[Offer]:
    """What a COp has to answer; NotFound for a COp who is not on the roster."""
    _require_known(context, cop_id)
    with context.store.reading() as uow:
        return only(uow, uow.offers.pending_for_cop(cop_id), within)


def active_assignments(context: Context, cop_id: CopId, within: Markets = None) -> list[Assignment]:
    """What a COp works on; NotFound for a COp who is not on the roster."""
    _require_known(context, cop_id)
    with context.store.reading() as uow:
        return only(uow, uow.assignments.active_for_cop(cop_id), within)


def _require_known(context: Context, cop_id: CopId) -> None:
    if cop_id not in context.packs.current().roster:
        raise NotFound("COp", cop_id)


def events_after(context: Context, seq: int, most: int, within: Markets = None) -> tuple[list[Event], int]:
    """(the facts among the `most` after `seq` that concern these markets, oldest first; the last number looked at)."""
    with context.store.reading() as uow:
        found = uow.events.after(seq, most)
        newest = (found[-1].seq or seq) if found else seq
        return only_events(uow, context.packs.current(), found, within), newest


def last_seq(context: Context) -> int:
    """The number of the newest fact; 0 before the first."""
    with context.store.reading() as uow:
        return uow.events.last_seq()
