"""One COp's desk: what they are offered, what they work on, with the words and what was understood of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from routing.domain.conversation import Conversation, ConversationId, Message
from routing.domain.cop import CopId
from routing.domain.errors import NotFound
from routing.domain.issue import Triage
from routing.domain.market import Markets
from routing.domain.needs import open_needs
from routing.domain.offer import Assignment, Offer
from routing.ports import UnitOfWork
from routing.services.boundary import only
from routing.services.context import Context
from routing.services.floor_memory import CopView, cop_view


@dataclass(frozen=True, slots=True)
class Matter:
    """A conversation as a COp sees it; `needs` are issue types the customer also asked about, still open."""

    conversation: Conversation
    messages: tuple[Message, ...]
    triage: Triage | None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Desk:
    """A COp's desk at one moment; offers and work oldest first."""

    at: datetime
    cop: CopView
    offers: tuple[tuple[Offer, Matter], ...]
    work: tuple[tuple[Assignment, Matter], ...]


def desk(context: Context, cop_id: CopId, within: Markets = None) -> Desk:
    """How a COp's desk stands now; NotFound for somebody who is not on the roster.

    The number of queries grows with what the COp works on, never with what the bank holds.
    """
    cop = context.packs.current().roster.get(cop_id)
    if cop is None:
        raise NotFound("COp", cop_id)
    now = context.clock.now()
    with context.store.reading() as uow:
        view = cop_view(cop, uow.cops.status(cop_id), cop.shift.covers(now))
        offers = only(uow, [each for each in uow.offers.pending_for_cop(cop_id) if now < each.expires_at], within)
        work = only(uow, uow.assignments.active_for_cop(cop_id), within)
        ids = [each.conversation_id for each in offers] + [each.conversation_id for each in work]
        matters = _matters(uow, ids)
        needs = {each.conversation_id: _needs(uow, matters[each.conversation_id].conversation) for each in work}
    return Desk(
        at=now,
        cop=view,
        offers=tuple((each, matters[each.conversation_id]) for each in offers),
        work=tuple((each, _with(matters[each.conversation_id], needs)) for each in work),
    )


def _matters(uow: UnitOfWork, ids: Sequence[ConversationId]) -> dict[ConversationId, Matter]:
    found, messages = uow.conversations.get_many(ids), uow.conversations.messages_of(ids)
    triages = uow.triages.latest_of(ids)
    return {id: Matter(each, tuple(messages.get(id, ())), triages.get(id)) for id, each in found.items()}


def _needs(uow: UnitOfWork, conversation: Conversation) -> tuple[str, ...]:
    return open_needs(uow.events.of(conversation.id), conversation.issue_type)


def _with(matter: Matter, needs: Mapping[ConversationId, tuple[str, ...]]) -> Matter:
    found = needs[matter.conversation.id]
    return Matter(matter.conversation, matter.messages, matter.triage, found)
