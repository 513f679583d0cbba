"""Retention in a pack: the bank's terms, a market's own, and the rule that words and labels go with their records."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from routing.adapters.pack.declared import Declared, Entry
from routing.adapters.pack.errors import PackError
from routing.adapters.pack.schema import FloorFile
from routing.domain.retention import BY_DEFAULT, Retention, Terms

TERMS = ("words_days", "labels_days", "records_days")


def retention_of(floors: Sequence[FloorFile]) -> Retention:
    """The terms of these files; what a market does not say is the bank's, and what nobody says is as by default."""
    tables = [floor.retention for floor in floors if floor.retention is not None]
    said = tables[0].model_dump(exclude_unset=True) if tables else {}
    bank = _filled(said, BY_DEFAULT.terms)
    own = ((m.key, m.retention.model_dump(exclude_unset=True)) for f in floors for m in f.market if m.retention)
    rest = {name: days for name, days in said.items() if name not in TERMS}
    return Retention(bank, {key: _filled(changes, bank) for key, changes in own}, **rest)


def words_and_labels_go_with_their_records(declared: Declared) -> Iterator[PackError]:
    """Neither is said to outlast the records of its conversation."""
    records = BY_DEFAULT.terms.records_days
    for entry in declared.retentions:
        records = _whole(entry.data.get("records_days"), records)
        yield from _outlasting(entry, (), entry.data, records)
    for market in declared.markets:
        own = market.data.get("retention")
        if isinstance(own, dict):
            yield from _outlasting(market, ("retention",), own, _whole(own.get("records_days"), records))


def _filled(said: Mapping[str, int], others: Terms) -> Terms:
    """What is not said is as with the others, and goes with the records where those go earlier."""
    records = said.get("records_days", others.records_days)
    unsaid = {name: min(getattr(others, name), records) for name in TERMS}
    return Terms(**{**unsaid, **{name: days for name, days in said.items() if name in TERMS}})


def _outlasting(entry: Entry, way: tuple[str, ...], said: Mapping[str, Any], records: int) -> Iterator[PackError]:
    for name in ("words_days", "labels_days"):
        days = _whole(said.get(name), 0)
        if days > records:
            allowed = f"at most records_days ({records}): nothing outlasts its records"
            yield entry.finding(*way, name, value=days, allowed=allowed)


def _whole(value: object, otherwise: int) -> int:
    return value if type(value) is int else otherwise


RETENTION_RULES: tuple[Callable[[Declared], Iterable[PackError]], ...] = (words_and_labels_go_with_their_records,)
