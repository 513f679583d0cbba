"""From a plan to offers: what may have changed while it was made is asked again in the transaction that makes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from routing.domain.conversation import Conversation, ConversationId
from routing.domain.cop import Channel, Cop, CopId, CopStatus, Presence
from routing.domain.errors import IllegalTransition
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
    wanted: dict[ConversationId, _Wanted] = {}
    for planned in plan.offers:
        asked, conversation = seen.get(planned.conversation_id), current.get(planned.conversation_id)
        unchanged = asked is not None and conversation is not None and conversation.version == asked.version
        if conversation is None or not unchanged or conversation.id in wanted:
            continue
        if now.allows(conversation, planned.cop_id):
            wanted[conversation.id] = _Wanted(_offer(context, conversation, planned, stamp), conversation)
    made = _made(uow, list(wanted.values()))
    for each in made:
        _tell(uow, each)
    return len(made)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An offer that is to be made, and its conversation as it waits."""

    offer: Offer
    conversation: Conversation


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


def _offer(context: Context, conversation: Conversation, planned: PlannedOffer, stamp: tuple[str, datetime]) -> Offer:
    tick_id, now = stamp
    return Offer(
        id=OfferId(context.ids.new()),
        conversation_id=ConversationId(conversation.id),
        cop_id=planned.cop_id,
        channel=conversation.channel,
        made_at=now,
        expires_at=now + context.policy.offer_ttl,
        tick_id=tick_id,
        why=planned.why,
    )


def _made(uow: UnitOfWork, wanted: Sequence[_Wanted]) -> list[_Wanted]:
    """Those for whom there was a slot, and whom nobody else was at; what the others had taken is given back."""
    reserved = uow.cops.reserve_all([_slot(each.offer) for each in wanted])
    placed = [each for each, has_slot in zip(wanted, reserved, strict=True) if has_slot]
    offered = {each.conversation.id: held for each in placed if (held := _held(each.conversation)) is not None}
    saved = uow.conversations.save_all(list(offered.values()))
    added = uow.offers.add_all([each.offer for each in placed if each.conversation.id in saved])
    lost = [each for each in placed if each.offer.id not in added]
    uow.cops.release_all([_slot(each.offer) for each in lost])
    for id in saved.intersection(each.conversation.id for each in lost):
        held = offered[id]
        uow.conversations.save(replace(held, version=held.version + 1).returned(None, 0))
    return [each for each in placed if each.offer.id in added]


def _slot(offer: Offer) -> tuple[CopId, Channel]:
    return offer.cop_id, offer.channel


def _held(conversation: Conversation) -> Conversation | None:
    try:
        return conversation.offered()
    except IllegalTransition:
        return None


def _tell(uow: UnitOfWork, made: _Wanted) -> None:
    offer, since = made.offer, made.conversation.waiting_since
    data = {"offer_id": offer.id, "tick_id": offer.tick_id, "expires_at": offer.expires_at.isoformat()}
    record(uow, EventKind.OFFER_MADE, offer.made_at, SERVICE, Subject(offer.conversation_id, offer.cop_id), **data)
    passed(offer.conversation_id, "wait", since, offer.made_at, tick_id=offer.tick_id, offer_id=offer.id)
