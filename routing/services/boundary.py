"""The market boundary: whose markets an object belongs to, and that it does not exist for anybody else."""

from collections.abc import Sequence
from typing import TypeVar

from routing.domain.conversation import ConversationId
from routing.domain.cop import Cop, CopId
from routing.domain.errors import Invalid, NotFound
from routing.domain.events import Event, EventKind
from routing.domain.label import Label
from routing.domain.market import Markets
from routing.domain.offer import Assignment, AssignmentId, Offer, OfferId
from routing.domain.pack import Pack
from routing.domain.review import ReviewId
from routing.ports import UnitOfWork
from routing.services.context import Context

Theirs = TypeVar("Theirs", Offer, Assignment, Label)


def require_conversation(context: Context, id: str, within: Markets) -> None:
    """NotFound for a conversation of another market, as for one that does not exist."""
    if within is not None:
        with context.store.reading() as uow:
            _require(uow, id, within, "conversation", id)


def require_offer(context: Context, id: str, within: Markets) -> None:
    """NotFound for an offer of a conversation of another market, as for one that does not exist."""
    if within is not None:
        with context.store.reading() as uow:
            _require(uow, uow.offers.get(OfferId(id)).conversation_id, within, "offer", id)


def require_assignment(context: Context, id: str, within: Markets) -> None:
    """NotFound for work on a conversation of another market, as for work that does not exist."""
    if within is not None:
        with context.store.reading() as uow:
            _require(uow, uow.assignments.get(AssignmentId(id)).conversation_id, within, "assignment", id)


def require_review(context: Context, id: str, within: Markets) -> None:
    """NotFound for a review of a conversation of another market, as for one that does not exist."""
    if within is not None:
        with context.store.reading() as uow:
            _require(uow, uow.reviews.get(ReviewId(id)).conversation_id, within, "review", id)


def require_cop(context: Context, id: str, within: Markets) -> None:
    """NotFound for a COp who serves none of these markets, as for somebody who is not on the roster."""
    if within is not None and not _serves(context.packs.current(), id, within):
        raise NotFound("COp", id)


def require_market(pack: Pack, key: str, within: Markets) -> None:
    """Invalid for a market that the caller does not have, as for one that does not exist; names those they have."""
    if within is not None and key not in within:
        raise Invalid("market", key, ", ".join(sorted(within & set(pack.markets))) or "no market")


def seen(cop: Cop, within: Markets) -> bool:
    """Whether a COp serves any of these markets."""
    return within is None or not within.isdisjoint(cop.markets)


def only(uow: UnitOfWork, rows: Sequence[Theirs], within: Markets) -> list[Theirs]:
    """Those whose conversation is in one of these markets."""
    if within is None:
        return list(rows)
    known = _known(uow, [row.conversation_id for row in rows], within)
    return [row for row in rows if row.conversation_id in known]


def only_events(uow: UnitOfWork, pack: Pack, events: Sequence[Event], within: Markets) -> list[Event]:
    """Facts about conversations of these markets, and about COps who serve them; none about the whole bank."""
    if within is None:
        return list(events)
    known = _known(uow, [event.conversation_id for event in events if event.conversation_id], within)
    return [event for event in events if _concerns(event, known, pack, within)]


def _concerns(event: Event, known: set[str], pack: Pack, within: frozenset[str]) -> bool:
    if event.kind is EventKind.CONVERSATION_ERASED:
        return event.data.get("market") in within  # nothing else is left that could tell
    if event.conversation_id is not None:
        return event.conversation_id in known
    return event.cop_id is not None and _serves(pack, event.cop_id, within)


def _known(uow: UnitOfWork, ids: Sequence[str], within: frozenset[str]) -> set[str]:
    found = uow.conversations.get_many({ConversationId(id) for id in ids})
    return {id for id, conversation in found.items() if conversation.market in within}


def _serves(pack: Pack, cop_id: str, within: frozenset[str]) -> bool:
    cop = pack.roster.get(CopId(cop_id))
    return cop is not None and seen(cop, within)


def _require(uow: UnitOfWork, conversation_id: str, within: frozenset[str], kind: str, id: str) -> None:
    if uow.conversations.get(ConversationId(conversation_id)).market not in within:
        raise NotFound(kind, id)
