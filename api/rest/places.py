"""Ids in paths, and who may look behind them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Path

from api.identity import Caller
from api.schemas.base import NO_CONTROLS
from routing.domain.conversation import Conversation
from routing.domain.errors import NotFound, NotTheOwner
from routing.domain.offer import Offer, OfferState

PathId = Annotated[str, Path(min_length=1, max_length=128, pattern=NO_CONTROLS)]


@contextmanager
def hiding_others(kind: str, id: str) -> Iterator[None]:
    """To a COp, what another COp holds does not exist."""
    try:
        yield
    except NotTheOwner:
        raise NotFound(kind, id) from None


def require_own_desk(caller: Caller, cop_id: str) -> None:
    """A COp reaches their own presence and work only; NotFound for a colleague's, as for nobody's."""
    if caller.acting_as is not None and caller.acting_as != cop_id:
        raise NotFound("COp", cop_id)


def require_sight(caller: Caller, conversation: Conversation, offer: Offer | None) -> None:
    """A COp sees a conversation while it is offered to them, or when they were the last to take it; else NotFound."""
    mine = caller.acting_as
    offered = offer is not None and offer.state is OfferState.PENDING and offer.cop_id == mine
    if mine is not None and not offered and conversation.last_cop_id != mine:
        raise NotFound("conversation", conversation.id)
