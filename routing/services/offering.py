"""From a plan to offers: what may have changed while it was made is asked again in the transaction that makes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from routing.domain.conversation import Conversation, ConversationId
from routing.domain.cop import Cop, CopId, CopStatus, Presence
from routing.domain.errors import AlreadyAssigned, CapacityExceeded, IllegalTransition, StaleState
from routing.domain.events import EventKind
from routing.domain.hard_rules import HardRules, Room
from routing.domain.offer import Offer, OfferId
from routing.domain.override import applied
from routing.domain.pack import Pack
from routing.ports import MatchingPlan, MatchingProblem, PlannedOffer, UnitOfWork
from routing.services.context import Context, Subject, record
from routing.services.tracing import passed
from routing.services.work_limits import limits_left

SERVICE = "pointsman"


def may_work(cop: Cop, status: CopStatus, now: datetime) -> bool:
    """Whether a COp is there and on shift."""
    return status.presence is Presence.AVAILABLE and cop.shift.covers(now)


def offer_all(
    uow: UnitOfWork,
    context: Context,
    problem: MatchingProblem,
    plan: MatchingPlan,
    stamp: tuple[str, datetime],
) -> int:
    """Make the offers of a plan that still hold; `stamp` is the tick's id and time. Returns how many were made."""
    if not plan.offers:
        return 0
    seen = {conversation.id: conversation for conversation in problem.conversations}
    at = max(stamp[1], problem.at)
    now = _Now.read(uow, applied(context.packs.current(), uow.overrides.in_force(at)), at)
    current = uow.conversations.get_many([planned.conversation_id for planned in plan.offers])
    offered = 0
    for planned in plan.offers:
        asked, conversation = seen.get(planned.conversation_id), current.get(planned.conversation_id)
        unchanged = asked is not None and conversation is not None and conversation.version == asked.version
        if conversation is None or not unchanged or not now.allows(conversation, planned.cop_id):
            continue
        offered += _offer(uow, context, conversation, planned, stamp)
    return offered


@dataclass(frozen=True, slots=True)
class _Now:
    """The floor as it is in the transaction that makes the offers: much may have changed while the plan was made."""

    at: datetime
    roster: Mapping[CopId, Cop]
    statuses: Mapping[CopId, CopStatus]
    rules: HardRules
    room: Room

    @classmethod
    def read(cls, uow: UnitOfWork, pack: Pack, at: datetime) -> "_Now":
        statuses = {status.cop_id: status for status in uow.cops.statuses()}
        return cls(at, pack.roster, statuses, HardRules.of(pack), Room(limits_left(uow, pack, at)))

    def allows(self, conversation: Conversation, cop_id: CopId) -> bool:
        """Whether the COp may be offered it now, by presence, shift, pack and limits; slots are the database's."""
        cop, status = self.roster.get(cop_id), self.statuses.get(cop_id)
        if cop is None or status is None or not may_work(cop, status, self.at):
            return False
        return self.rules.breach(conversation, cop, self.at) is None and self.room.take(conversation, cop_id)


def _offer(
    uow: UnitOfWork,
    context: Context,
    conversation: Conversation,
    planned: PlannedOffer,
    stamp: tuple[str, datetime],
) -> bool:
    tick_id, now = stamp
    offer = Offer(
        id=OfferId(context.ids.new()),
        conversation_id=ConversationId(conversation.id),
        cop_id=planned.cop_id,
        channel=conversation.channel,
        made_at=now,
        expires_at=now + context.policy.offer_ttl,
        tick_id=tick_id,
        why=planned.why,
    )
    try:
        uow.cops.reserve(offer.cop_id, offer.channel)
    except CapacityExceeded:
        return False
    if not _hold(uow, offer, conversation):
        uow.cops.release(offer.cop_id, offer.channel)
        return False
    data = {"offer_id": offer.id, "tick_id": tick_id, "expires_at": offer.expires_at.isoformat()}
    record(uow, EventKind.OFFER_MADE, now, SERVICE, Subject(offer.conversation_id, offer.cop_id), **data)
    passed(conversation.id, "wait", conversation.waiting_since, now, tick_id=tick_id, offer_id=offer.id)
    return True


def _hold(uow: UnitOfWork, offer: Offer, conversation: Conversation) -> bool:
    try:
        held = uow.conversations.save(conversation.offered())
    except (StaleState, IllegalTransition):
        return False
    try:
        uow.offers.add(offer)
    except AlreadyAssigned:
        uow.conversations.save(held.returned(None, 0))
        return False
    return True
