"""Which models and matching policies decided a conversation, one after the other."""

from dataclasses import dataclass
from datetime import datetime

from routing.domain.conversation import ConversationId
from routing.domain.events import Event, EventKind
from routing.ports import UnitOfWork
from routing.services.context import Context

MOST_TICKS = 20


@dataclass(frozen=True, slots=True)
class Decider:
    """One decision: `kind` is `model`, `person` or `policy`; `version` names the model or policy, or the person."""

    at: datetime
    kind: str
    version: str
    result: str


def deciders(context: Context, id: ConversationId) -> list[Decider]:
    """Every decision of what it is and to whom it was offered, oldest first; the newest MOST_TICKS offers' policies."""
    with context.store.reading() as uow:
        history = uow.events.of(id)
        policies = _policies(uow, history)
    return [found for event in history if (found := _decider(event, policies)) is not None]


def _policies(uow: UnitOfWork, history: list[Event]) -> dict[str, str]:
    made = [str(event.data.get("tick_id")) for event in history if event.kind is EventKind.OFFER_MADE]
    ticks = {tick_id: uow.ticks.find(tick_id) for tick_id in dict.fromkeys(made[-MOST_TICKS:])}
    return {tick_id: tick.policy_version for tick_id, tick in ticks.items() if tick is not None}


def _decider(event: Event, policies: dict[str, str]) -> Decider | None:
    said = str(event.data.get("issue_type") or "")
    match event.kind:
        case EventKind.CONVERSATION_TRIAGED:
            return Decider(event.at, "model", str(event.data.get("model_version")), said)
        case EventKind.REVIEW_DECIDED | EventKind.CONVERSATION_REROUTED:
            return Decider(event.at, "person", event.actor, said)
        case EventKind.OFFER_MADE:
            version = policies.get(str(event.data.get("tick_id")), "")
            return Decider(event.at, "policy", version, event.cop_id or "")
        case _:
            return None
