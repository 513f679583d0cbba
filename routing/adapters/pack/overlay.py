"""Edits of the pack, laid over the tables of its files before these are checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from routing.adapters.pack.reading import Document, Reading
from routing.adapters.pack.schema import FileKind
from routing.domain.edit import EditSubject, Values, idle_entries, laid_over

EDITABLE: Mapping[EditSubject, tuple[str, ...]] = {
    EditSubject.ROSTER: ("name", "team", "markets", "languages", "skills", "capacity", "shift"),
    EditSubject.TAXONOMY: ("name", "description", "family", "priority", "service_target"),
    EditSubject.MARKETS: ("name", "languages", "time_zone", "opening", "holidays", "backups"),
    EditSubject.AGENTS: (
        "name",
        "markets",
        "languages",
        "capacity",
        "success",
        "handle_time_seconds",
        "failure_cost_seconds",
        "least_certainty",
    ),
}
"""What can be edited of an entry, by subject."""
_ON_FLOOR = {
    EditSubject.ROSTER: ("cop", "id"),
    EditSubject.MARKETS: ("market", "key"),
    EditSubject.AGENTS: ("agent", "id"),
}
_LEFT_OUT: Mapping[EditSubject, Mapping[str, Any]] = {
    EditSubject.MARKETS: {"holidays": [], "backups": []},
    EditSubject.AGENTS: {"least_certainty": 0.9},
}
"""What holds where a file says nothing."""
_CHANNELS = {"chat": 0, "email": 0, "social": 0, "callback": 0}


@dataclass(frozen=True, slots=True)
class Overlay:
    """What is edited: by subject, entries by id or key."""

    contents: Mapping[EditSubject, Values] = field(default_factory=dict)

    def of(self, subject: EditSubject) -> Values:
        """What is edited of one subject."""
        return self.contents.get(subject, {})

    @property
    def is_empty(self) -> bool:
        """Whether nothing is edited."""
        return not any(self.contents.values())


NO_EDITS = Overlay()


def entries_in(reading: Reading, subject: EditSubject) -> dict[str, dict[str, Any]]:
    """Every entry of the files by id or key, with what can be edited of it."""
    if subject is EditSubject.TAXONOMY:
        return _types_in(reading)
    table, key = _ON_FLOOR[subject]
    return _by(reading, FileKind.FLOOR, subject, (table, key))


def _types_in(reading: Reading) -> dict[str, dict[str, Any]]:
    """Every issue type; `family` is its file's."""
    found = _by(reading, FileKind.TAXONOMY, EditSubject.TAXONOMY, ("issue_type", "key"))
    for document in reading.documents:
        if document.kind is FileKind.TAXONOMY:
            for each in _tables(document, "issue_type"):
                if each.get("key") in found:
                    found[each["key"]]["family"] = _family(document)
    return found


def families_in(reading: Reading) -> list[str]:
    """The keys of all families."""
    return [_family(document) for document in reading.documents if document.kind is FileKind.TAXONOMY]


def idle_in(reading: Reading, overlay: Overlay) -> tuple[str, ...]:
    """What is edited and not in the files."""
    return tuple(key for subject in EDITABLE for key in idle_entries(entries_in(reading, subject), overlay.of(subject)))


def with_edits(reading: Reading, overlay: Overlay) -> Reading:
    """The files as they would be, had somebody edited them."""
    if overlay.is_empty:
        return reading
    edited = {
        subject: laid_over(entries_in(reading, subject), content)
        for subject, content in overlay.contents.items()
        if content
    }
    documents = tuple(_edited(document, reading, edited, overlay) for document in reading.documents)
    return replace(reading, documents=documents)


def _edited(document: Document, reading: Reading, edited: Mapping[EditSubject, Values], overlay: Overlay) -> Document:
    if document.kind is FileKind.FLOOR:
        tables = {
            table: list(_entries(document, (table, key), edited[subject], overlay.of(subject)))
            for subject, (table, key) in _ON_FLOOR.items()
            if subject in edited
        }
        return replace(document, data={**document.data, **tables})
    if document.kind is FileKind.TAXONOMY and EditSubject.TAXONOMY in edited:
        types = list(_types(document, reading, edited[EditSubject.TAXONOMY]))
        return replace(document, data={**document.data, "issue_type": types})
    return document


def _entries(document: Document, named: tuple[str, str], values: Values, edited: Values) -> Iterator[dict[str, Any]]:
    """The floor's own entries with their edits, those removed left out, those added last."""
    table, id = named
    written = {each.get(id) for each in _tables(document, table)}
    for each in _raw(document, table):
        key = each.get(id) if isinstance(each, dict) else None
        if not isinstance(key, str) or key not in edited:
            yield each
        elif key in values:
            yield {**each, **values[key]}
    yield from ({id: key, **fields} for key, fields in values.items() if key not in written)


def _types(document: Document, reading: Reading, kinds: Values) -> Iterator[dict[str, Any]]:
    """The family's own that stay, and those of other files that come."""
    family = _family(document)
    for other in (each for each in reading.documents if each.kind is FileKind.TAXONOMY):
        for each in _raw(other, "issue_type"):
            known = kinds.get(each.get("key", "")) if isinstance(each, dict) else None
            if known is None and other is document:
                yield each
            elif known is not None and _home(known, other, reading) == family:
                yield {**each, **{name: value for name, value in known.items() if name != "family"}}


def _home(known: Mapping[str, Any], other: Document, reading: Reading) -> object:
    """Where an issue type belongs; one whose family nobody knows stays where it was."""
    return known.get("family") if known.get("family") in families_in(reading) else _family(other)


def _by(reading: Reading, kind: FileKind, subject: EditSubject, named: tuple[str, str]) -> dict[str, dict[str, Any]]:
    table, key = named
    found = (each for document in reading.documents if document.kind is kind for each in _tables(document, table))
    return {each[key]: _fields(subject, each) for each in found if isinstance(each.get(key), str)}


def _fields(subject: EditSubject, written: Mapping[str, Any]) -> dict[str, Any]:
    """What can be edited of an entry, with what holds where its file says nothing."""
    said = {**_LEFT_OUT.get(subject, {}), **written}
    if isinstance(capacity := said.get("capacity"), dict):
        said["capacity"] = {**_CHANNELS, **capacity}
    return {name: said[name] for name in EDITABLE[subject] if name in said}


def _tables(document: Document, table: str) -> list[dict[str, Any]]:
    return [each for each in _raw(document, table) if isinstance(each, dict)]


def _raw(document: Document, table: str) -> list[Any]:
    entries = document.data.get(table)
    return entries if isinstance(entries, list) else []


def _family(document: Document) -> str:
    family = document.data.get("family")
    return str(family.get("key", "")) if isinstance(family, dict) else ""
