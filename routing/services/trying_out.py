"""Why this COp, tried out: the tick that made a conversation's newest offer is solved again from its snapshot."""

from routing.domain.conversation import ConversationId
from routing.domain.errors import Refused
from routing.domain.why import TriedOut
from routing.ports import Explainer
from routing.services.context import Context


def tried_out(context: Context, explainer: Explainer, id: ConversationId) -> TriedOut:
    """Solve the tick of the newest offer again, several times; Refused where its snapshot is no longer kept."""
    with context.store.reading() as uow:
        offer = uow.offers.latest_for(id)
        if offer is None:
            raise Refused(f"conversation {id} has not been offered to anybody")
        tick, snapshot = uow.ticks.find(offer.tick_id), uow.ticks.snapshot(offer.tick_id)
    if tick is None or snapshot is None:
        raise Refused("the snapshot of that tick is no longer kept")
    return explainer.explain(tick, snapshot, id)
