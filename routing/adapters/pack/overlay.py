"""Edits of the roster and the taxonomy, laid over the tables of a pack's files before these are checked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from routing.adapters.pack.reading import Document, Reading
from routing.adapters.pack.schema import FileKind
from routing.domain.edit import Values, idle_entries, laid_over

EDITABLE_OF_TYPES = ("name", "description", "family", "priority", "service_target")
EDITABLE_OF_COPS = ("name", "team", "markets", "languages", "skills", "capacity", "shift")


@dataclass(frozen=True, slots=True)
class Overlay:
    """What is edited: COps by id, issue types by key."""

    roster: Values = field(default_factory=dict)
    taxonomy: Values = field(default_factory=dict)


NO_EDITS = Overlay()


def roster_in(reading: Reading) -> dict[str, dict[str, Any]]:
    """Every COp of the files by id, with what can be edited of them."""
    return _by(reading, FileKind.FLOOR, "cop", "id", EDITABLE_OF_COPS)


def taxonomy_in(reading: Reading) -> dict[str, dict[str, Any]]:
    """Every issue type of the files by key, with what can be edited of it; `family` is its file's."""
    found = _by(reading, FileKind.TAXONOMY, "issue_type", "key", EDITABLE_OF_TYPES)
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
    cops = idle_entries(roster_in(reading), overlay.roster)
    return (*cops, *idle_entries(taxonomy_in(reading), overlay.taxonomy))


def with_edits(reading: Reading, overlay: Overlay) -> Reading:
    """The files as they would be, had somebody edited them."""
    if not overlay.roster and not overlay.taxonomy:
        return reading
    kinds = laid_over(taxonomy_in(reading), overlay.taxonomy)
    cops = laid_over(roster_in(reading), overlay.roster)
    documents = tuple(_edited(document, reading, kinds, cops, overlay) for document in reading.documents)
    return replace(reading, documents=documents)


def _edited(document: Document, reading: Reading, kinds: Values, cops: Values, overlay: Overlay) -> Document:
    if document.kind is FileKind.FLOOR and overlay.roster:
        return replace(document, data={**document.data, "cop": list(_cops(document, cops, overlay.roster))})
    if document.kind is FileKind.TAXONOMY and overlay.taxonomy:
        return replace(document, data={**document.data, "issue_type": list(_types(document, reading, kinds))})
    return document


def _cops(document: Document, cops: Values, edited: Values) -> Iterator[dict[str, Any]]:
    written = {each.get("id"): each for each in _tables(document, "cop")}
    for each in _raw(document, "cop"):
        key = each.get("id") if isinstance(each, dict) else None
        if not isinstance(key, str) or key not in edited:
            yield each
        elif key in cops:
            yield {**each, **cops[key]}
    yield from ({"id": key, **fields} for key, fields in cops.items() if key not in written)


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


def _by(reading: Reading, kind: FileKind, table: str, key: str, fields: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    found = (each for document in reading.documents if document.kind is kind for each in _tables(document, table))
    return {each[key]: {name: each[name] for name in fields if name in each} for each in found if key in each}


def _tables(document: Document, table: str) -> list[dict[str, Any]]:
    return [each for each in _raw(document, table) if isinstance(each, dict)]


def _raw(document: Document, table: str) -> list[Any]:
    entries = document.data.get(table)
    return entries if isinstance(entries, list) else []


def _family(document: Document) -> str:
    family = document.data.get("family")
    return str(family.get("key", "")) if isinstance(family, dict) else ""
