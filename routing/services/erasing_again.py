"""Asking recorded erasures again where the database came back from a time before them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from routing.domain.erasure import Erasure, ErasureId, RecordedErasure
from routing.domain.errors import Refused
from routing.ports import ErasureRecords, Store
from routing.services.context import Context
from routing.services.erasure import Reach, Request, erase, find_nothing

REASON = "asked again: the database came back from a time before it"
MOST_RECEIPTS = 100_000


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """What came of it: the receipts, and by the ids of others what stands against them now."""

    done: tuple[Erasure, ...] = ()
    refused: Mapping[ErasureId, str] = field(default_factory=dict)


def unknown(store: Store, records: ErasureRecords) -> list[RecordedErasure]:
    """Recorded erasures that the database does not know to be done: it is from before them, or they were broken off."""
    done = {each.id for each in _receipts(store) if each.done_at is not None}
    return [each for each in records.all() if each.id not in done]


def ask_again(context: Context, reach: Reach, by: str, *, everyone: bool = False) -> AskedAgain:
    """Erase again whoever was, oldest first; broken off, the next call goes on. Unavailable where a place is away.

    Each keeps its id and takes what came in before it was asked, nothing newer. `everyone`: also those the database
    knows to be done, where something from before them came back since.
    """
    if reach.records is None:
        return AskedAgain()
    _complete(context.store, reach.records)
    wanted = unknown(context.store, reach.records)
    if everyone:
        wanted = [*wanted, *_come_back(context, reach, wanted)]
    return _asked(context, reach, wanted, by)


def _receipts(store: Store) -> list[Erasure]:
    with store.reading() as uow:
        return uow.erasures.newest(MOST_RECEIPTS)


def _complete(store: Store, records: ErasureRecords) -> None:
    """Receipts from before there was a record, or since its file was lost."""
    recorded = {each.id for each in records.all()}
    for each in reversed(_receipts(store)):
        if each.id not in recorded:
            records.add(each.recorded)


def _come_back(context: Context, reach: Reach, besides: Sequence[RecordedErasure]) -> list[RecordedErasure]:
    """Done erasures of customers of whom there is something from before, each as one that has still to be asked."""
    known = [each for each in reach.records.all() if each not in besides] if reach.records else []
    customers = _customers(context, reach, known)
    back = [each for each in known if _is_there(context, customers.get(each.customer.digest), each)]
    newest = {each.customer.digest: each for each in back}
    return [replace(each, id=ErasureId(context.ids.new())) for each in newest.values()]


def _is_there(context: Context, customer_id: str | None, recorded: RecordedErasure) -> bool:
    if customer_id is None:
        return False
    with context.store.reading() as uow:
        return any(recorded.reaches(each) for each in uow.belongings.of_customer(customer_id))


def _asked(context: Context, reach: Reach, wanted: Sequence[RecordedErasure], by: str) -> AskedAgain:
    customers = _customers(context, reach, wanted)
    done: list[Erasure] = []
    refused: dict[ErasureId, str] = {}
    for each in wanted:
        try:
            _require_key(reach, each)
            done.append(_ask(context, reach, _Again(customers.get(each.customer.digest), by, each)))
        except Refused as error:
            refused[each.id] = str(error)
    return AskedAgain(tuple(done), refused)


@dataclass(frozen=True, slots=True)
class _Again:
    customer_id: str | None
    by: str
    recorded: RecordedErasure


def _ask(context: Context, reach: Reach, again: _Again) -> Erasure:
    if again.customer_id is None:
        return find_nothing(context, reach, again.recorded, again.by, REASON)
    return erase(context, reach, Request(again.customer_id, again.by, REASON, again.recorded))


def _customers(context: Context, reach: Reach, wanted: Sequence[RecordedErasure]) -> dict[str, str]:
    """Digest -> reference, of those the database knows; nobody's reference is kept anywhere else."""
    digests = {each.customer.digest for each in wanted}
    if not digests:
        return {}
    with context.store.reading() as uow:
        known = ((reach.pseudonyms.of(id).digest, id) for id in uow.belongings.customers())
        return {digest: id for digest, id in known if digest in digests}


def _require_key(reach: Reach, recorded: RecordedErasure) -> None:
    here = reach.pseudonyms.of("").key_id
    if recorded.customer.key_id != here:
        raise Refused(f"recorded under the key {recorded.customer.key_id}, and the key of erasures here is {here}")
