"""Erasing a customer: everything stored of their conversations goes, here and where copies lie; a receipt remains."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from routing.domain.conversation import ENDED, Conversation, ConversationId
from routing.domain.erasure import (
    AffectedModel,
    Erasure,
    ErasureId,
    Hold,
    Lingering,
    NotEnded,
    Pseudonym,
    RecordedErasure,
    Traces,
    UnderHold,
)
from routing.domain.errors import Invalid
from routing.domain.events import EventKind
from routing.ports import ErasureRecords, Place, Pseudonyms, UnitOfWork
from routing.services import audit
from routing.services.affected_models import affected, joined
from routing.services.context import Context, Subject, record, retrying

AT_ONCE = 50
LONGEST_ID = 128
LONGEST_REASON = 500
SLACK = timedelta(minutes=10)
SNAPSHOTS = "tick snapshots"
REPLIES = "replies"


@dataclass(frozen=True, slots=True)
class Reach:
    """What erasure reaches beyond the database, and what is told of the rest.

    `backups_kept`: how long the bank keeps its back-ups; None where nobody said. `records`: where it is kept outside
    the database that an erasure was asked.
    """

    pseudonyms: Pseudonyms
    places: Sequence[Place] = ()
    backups_kept: timedelta | None = None
    records: ErasureRecords | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """Whose erasure somebody asks for, and why: a case number, never a name.

    `again`: the recorded erasure that is asked again; only what came in before it was asked goes.
    """

    customer_id: str
    by: str
    reason: str
    again: RecordedErasure | None = None

    def __post_init__(self) -> None:
        if not (0 < len(self.customer_id) <= LONGEST_ID and self.customer_id.isprintable()):
            raise Invalid("customer_id", self.customer_id[:40], f"1 to {LONGEST_ID} printable characters")
        if not 0 < len(self.reason.strip()) <= LONGEST_REASON:
            raise Invalid("reason", self.reason[:40], f"1 to {LONGEST_REASON} characters, such as a case number")


@dataclass(frozen=True, slots=True)
class Preview:
    """What an erasure would take away now, what stands against it, and the receipts there are."""

    customer: Pseudonym
    counts: Mapping[str, int]
    models: tuple[AffectedModel, ...]
    open_ones: Mapping[str, str]
    holds: tuple[Hold, ...]
    before: tuple[Erasure, ...]


def preview(context: Context, reach: Reach, customer_id: str) -> Preview:
    """Count everything; nothing changes."""
    customer = reach.pseudonyms.of(customer_id)
    with context.store.reading() as uow:
        found = uow.belongings.of_customer(customer_id)
        ids = [conversation.id for conversation in found]
        traces = _traces(uow, customer_id, ids)
        counts = uow.belongings.counts(ids)
        models = affected(uow, ids)
        held, before = uow.holds.on(customer_id, ids), uow.erasures.of(customer)
    outside = {place.name: place.count(traces) for place in reach.places}
    return Preview(customer, {**counts, **outside}, models, _not_ended(found), tuple(held), tuple(before))


def erase(context: Context, reach: Reach, request: Request) -> Erasure:
    """Erase a customer and return the receipt; one that was broken off goes on where it was.

    Refused (UnderHold, NotEnded) before anything is touched; Unavailable where a place cannot be reached, with the
    database as it was. Asked again it finds nothing more, and its receipt names the first.
    """
    begun, traces = retrying(lambda: _begin(context, reach, request))
    if reach.records is not None:
        reach.records.add(begun.recorded)
    outside = {place.name: place.erase(traces) for place in reach.places}
    _note(context, begun.id, {**outside, SNAPSHOTS: _remove_snapshots(context, traces)})
    while retrying(lambda: _erase_some(context, begun.id, request)):
        continue
    left = [*_unscrubbed(context), *_named_in_pack(context, request.customer_id)]
    return retrying(lambda: _finish(context, reach, begun.id, left))


def find_nothing(context: Context, reach: Reach, recorded: RecordedErasure, by: str, reason: str) -> Erasure:
    """The receipt of a recorded erasure of whom the database knows nobody."""

    def step() -> None:
        with context.store.transaction() as uow:
            before = uow.erasures.of(recorded.customer)
            if recorded.id not in {each.id for each in before}:
                uow.erasures.add(_first_line(recorded, by, reason, before))
            uow.commit()

    retrying(step)
    return retrying(lambda: _finish(context, reach, recorded.id, []))


def receipts(context: Context, most: int) -> list[Erasure]:
    """The newest receipts."""
    with context.store.reading() as uow:
        return uow.erasures.newest(most)


def receipt(context: Context, id: str) -> Erasure:
    """One receipt; NotFound."""
    with context.store.reading() as uow:
        return uow.erasures.get(ErasureId(id))


def digest_of(erasure: Erasure) -> str:
    """A digest of everything a receipt says: the sealed fact of its end carries it, so that a changed one shows."""
    return hashlib.sha256(json.dumps(asdict(erasure), sort_keys=True, default=str).encode()).hexdigest()


def is_as_sealed(context: Context, erasure: Erasure) -> bool:
    """Whether a finished receipt is the one that the sealed history tells of."""
    with context.store.reading() as uow:
        told = uow.events.newest_of([EventKind.CUSTOMER_ERASED], _MOST_RECEIPTS)
    wanted = {"erasure_id": erasure.id, "digest": digest_of(erasure)}
    return any(wanted.items() <= dict(event.data).items() for event in told)


_MOST_RECEIPTS = 100_000


def _begin(context: Context, reach: Reach, request: Request) -> tuple[Erasure, Traces]:
    customer = reach.pseudonyms.of(request.customer_id)
    with context.store.transaction() as uow:
        found = _locked(uow, request)
        ids = [conversation.id for conversation in found]
        _require_free(uow, request.customer_id, found)
        before = uow.erasures.of(customer)
        begun = next((each for each in before if each.done_at is None), None)
        if begun is None:
            begun = _fresh(context, customer, request, before)
            uow.erasures.add(begun)
        uow.erasures.save(replace(begun, models=joined(begun.models, affected(uow, ids))))
        traces = _traces(uow, request.customer_id, ids)
        uow.commit()
    return begun, traces


def _locked(uow: UnitOfWork, request: Request) -> list[Conversation]:
    found = uow.belongings.of_customer(request.customer_id)
    again = request.again
    return uow.belongings.locked([each.id for each in found if again is None or again.reaches(each)])


def _fresh(context: Context, customer: Pseudonym, request: Request, before: Sequence[Erasure]) -> Erasure:
    asked = request.again or RecordedErasure(ErasureId(context.ids.new()), customer, context.clock.now())
    return _first_line(asked, request.by, context.masker.mask(request.reason), before)


def _first_line(asked: RecordedErasure, by: str, reason: str, before: Sequence[Erasure]) -> Erasure:
    first = next((each.id for each in before), None)
    return Erasure(asked.id, asked.customer, by, asked.asked_at, reason, first=first)


def _require_free(uow: UnitOfWork, customer_id: str, found: Sequence[Conversation]) -> None:
    held = uow.holds.on(customer_id, [conversation.id for conversation in found])
    if held:
        raise UnderHold(held[0])
    if open_ones := _not_ended(found):
        raise NotEnded(open_ones)


def _not_ended(found: Sequence[Conversation]) -> dict[str, str]:
    return {each.id: str(each.state) for each in found if each.state not in ENDED}


def _traces(uow: UnitOfWork, customer_id: str, ids: Sequence[ConversationId]) -> Traces:
    labels = uow.belongings.labels_of(ids)
    messages = uow.conversations.messages_of(ids)
    words = dict.fromkeys([*labels.values(), *(message.text for some in messages.values() for message in some)])
    models = tuple(model.version for model in affected(uow, ids))
    return Traces(customer_id, tuple(ids), tuple(words), models)


def _remove_snapshots(context: Context, traces: Traces) -> int:
    """What ticks were made from while they waited; looked for without a lock, for each has to be unpacked."""
    named: dict[str, None] = {}
    with context.store.reading() as uow:
        for each in uow.conversations.get_many(traces.conversations).values():
            span = (each.received_at - SLACK, (each.ended_at or context.clock.now()) + SLACK)
            named |= dict.fromkeys(uow.belongings.snapshots_naming([each.id], *span))
    with context.store.transaction() as uow:
        removed = uow.belongings.remove_snapshots(list(named))
        uow.commit()
    return removed


def _note(context: Context, id: ErasureId, counts: Mapping[str, int]) -> None:
    def step() -> None:
        with context.store.transaction() as uow:
            uow.erasures.save(uow.erasures.locked(id).having(counts))
            uow.commit()

    retrying(step)


def _erase_some(context: Context, id: ErasureId, request: Request) -> bool:
    """One batch in one transaction: nothing is half gone, and the receipt counts what went."""
    with context.store.transaction() as uow:
        begun = uow.erasures.locked(id)
        found = _locked(uow, request)
        _require_free(uow, request.customer_id, found)
        some = found[:AT_ONCE]
        counts = erase_conversations(uow, some, context.clock.now(), request.by, f"erasure {id}")
        _tell(uow, some, context.clock.now(), request.by, id)
        if len(some) == len(found):
            counts[REPLIES] = counts.get(REPLIES, 0) + uow.belongings.remove_replies([request.customer_id])
            uow.holds.remove_lifted(request.customer_id, [])
        uow.erasures.save(begun.having(counts))
        uow.commit()
    return len(some) < len(found)


def erase_conversations(
    uow: UnitOfWork, some: Sequence[Conversation], at: datetime, by: str, why: str
) -> dict[str, int]:
    """Take conversations away with all that hangs on them, in the caller's transaction; how much of what."""
    if not some:
        return {}
    ids = [conversation.id for conversation in some]
    labels = list(uow.belongings.labels_of(ids))
    counts = {**uow.belongings.remove(ids), REPLIES: uow.belongings.remove_replies(ids)}
    uow.lessons.forget(labels)
    uow.holds.remove_lifted(None, ids)
    facts = uow.belongings.facts_of(ids)
    audit.forget(uow, facts, at, by, why)
    return {**counts, "facts": uow.belongings.remove_facts(facts)}


def _tell(uow: UnitOfWork, some: Sequence[Conversation], at: datetime, by: str, id: ErasureId) -> None:
    for each in some:
        record(uow, EventKind.CONVERSATION_ERASED, at, by, Subject(each.id), erasure_id=id, market=each.market)


def _unscrubbed(context: Context) -> list[Lingering]:
    return [] if context.store.scrub() else [Lingering("older pages in the database's log, until it is emptied", None)]


def _named_in_pack(context: Context, customer_id: str) -> list[Lingering]:
    conflicts = context.packs.current().limits.conflicts
    named = any(customer_id in conflict.customers for conflict in conflicts)
    return [Lingering("the pack, where a [[conflict]] of floor.toml names this customer", None)] if named else []


def _finish(context: Context, reach: Reach, id: ErasureId, left: Sequence[Lingering]) -> Erasure:
    now = context.clock.now()
    lingering = [*left, *(each for place in reach.places for each in place.lingering(now))]
    with context.store.transaction() as uow:
        begun = uow.erasures.locked(id)
        if begun.done_at is not None:
            return begun
        done = replace(begun, done_at=now, lingering=(*lingering, _backups(reach, now)))
        uow.erasures.save(done)
        told = {"erasure_id": id, "digest": digest_of(done), "counts": dict(done.counts)}
        record(uow, EventKind.CUSTOMER_ERASED, now, done.asked_by, Subject(), **told)
        uow.commit()
    return done


def _backups(reach: Reach, at: datetime) -> Lingering:
    place = f"back-ups of the database made before {at.isoformat(timespec='seconds')}"
    return Lingering(place, at + reach.backups_kept if reach.backups_kept is not None else None)
