"""Legal holds: set and lifted by an admin; what they cover is neither erased nor purged."""

from routing.domain.conversation import ConversationId
from routing.domain.erasure import Hold, HoldId
from routing.domain.errors import Invalid
from routing.domain.events import EventKind
from routing.ports import UnitOfWork
from routing.services.context import Context, Subject, record, retrying

LONGEST_ID = 128
LONGEST_REASON = 500


def set_hold(
    context: Context, by: str, reason: str, customer_id: str | None = None, conversation_id: str | None = None
) -> Hold:
    """Hold one customer, known or not, or one conversation (NotFound); the same hold asked for again is the first.

    The history tells of the hold by its id alone: whom it covers is in the hold, which an erasure takes away.
    """
    _require_valid(reason, customer_id, conversation_id)
    said = context.masker.mask(reason)

    def step() -> Hold:
        now = context.clock.now()
        with context.store.transaction() as uow:
            known = _same(uow, said, customer_id, conversation_id)
            if known is not None:
                return known
            if conversation_id is not None:
                uow.belongings.locked([uow.conversations.get(ConversationId(conversation_id)).id])
            hold = Hold(HoldId(context.ids.new()), said, by, now, customer_id, conversation_id)
            uow.holds.add(hold)
            record(uow, EventKind.HOLD_SET, now, by, Subject(), hold_id=hold.id, covers=hold.kind)
            uow.commit()
        return hold

    return retrying(step)


def lift_hold(context: Context, id: str, by: str) -> Hold:
    """End a hold; Refused where it has ended, NotFound where there is none."""

    def step() -> Hold:
        now = context.clock.now()
        with context.store.transaction() as uow:
            hold = uow.holds.get(HoldId(id)).lifted(by, now)
            uow.holds.save(hold)
            record(uow, EventKind.HOLD_LIFTED, now, by, Subject(), hold_id=hold.id, covers=hold.kind)
            uow.commit()
        return hold

    return retrying(step)


def in_force(context: Context) -> list[Hold]:
    """Every hold that has not ended, oldest first."""
    with context.store.reading() as uow:
        return uow.holds.in_force()


def _same(uow: UnitOfWork, reason: str, customer_id: str | None, conversation_id: str | None) -> Hold | None:
    wanted = (reason, customer_id, conversation_id)
    ids = [] if conversation_id is None else [ConversationId(conversation_id)]
    there = uow.holds.on(customer_id, ids)
    return next((each for each in there if (each.reason, each.customer_id, each.conversation_id) == wanted), None)


def _require_valid(reason: str, customer_id: str | None, conversation_id: str | None) -> None:
    if (customer_id is None) == (conversation_id is None):
        raise Invalid("hold", "both" if customer_id else "neither", "one customer_id, or one conversation_id")
    for place, value in (("customer_id", customer_id), ("conversation_id", conversation_id)):
        if value is not None and not (0 < len(value) <= LONGEST_ID and value.isprintable()):
            raise Invalid(place, value[:40], f"1 to {LONGEST_ID} printable characters")
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise Invalid("reason", reason[:40], f"1 to {LONGEST_REASON} characters, such as a case number")
