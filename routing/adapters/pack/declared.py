"""What the files declare, read leniently, so that one misfit hides no conflict between the rest."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from routing.adapters.pack.errors import PackError, shown
from routing.adapters.pack.places import path_of
from routing.adapters.pack.reading import Document, Reading
from routing.adapters.pack.schema import FileKind


@dataclass(frozen=True, slots=True)
class Entry:
    """One [[table]] of a file, whatever it says."""

    document: Document
    table: str
    position: int
    data: dict[str, Any]

    def text(self, field: str) -> str | None:
        """The field's text; None when it holds none."""
        value = self.data.get(field)
        return value if isinstance(value, str) else None

    def texts(self, field: str) -> list[tuple[int, str]]:
        """(position, text) of the field's list; what is no text is left out."""
        value = self.data.get(field)
        items = value if isinstance(value, list) else []
        return [(position, item) for position, item in enumerate(items) if isinstance(item, str)]

    def weights(self, field: str) -> dict[str, float]:
        """Key -> number of the field's table; what is no number is left out."""
        value = self.data.get(field)
        items = value.items() if isinstance(value, dict) else []
        return {key: number for key, number in items if isinstance(number, int | float)}

    def place(self, *steps: str | int) -> str:
        """The path to something in this entry."""
        return path_of(self.document.data, (self.table, self.position, *steps))

    def finding(self, *steps: str | int, value: object, allowed: str) -> PackError:
        """A finding about something in this entry."""
        return PackError(self.document.file, self.place(*steps), shown(value), allowed)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a message is written: `field` is examples, held_out or calibration."""

    entry: Entry
    field: str
    position: int
    text: str

    def finding(self, allowed: str) -> PackError:
        """A finding about this message."""
        return self.entry.finding(self.field, self.position, value=self.text, allowed=allowed)

    def __str__(self) -> str:
        return f"{self.entry.document.file} {self.entry.place(self.field, self.position)}"


@dataclass(frozen=True, slots=True)
class Declared:
    """All entries of a pack, or of one file of it. `unread` kinds are not fully known: nothing may be called absent."""

    documents: tuple[Document, ...]
    unread: frozenset[FileKind]

    @classmethod
    def of(cls, reading: Reading) -> "Declared":
        """What was read."""
        return cls(reading.documents, reading.unread)

    def knows(self, *kinds: FileKind) -> bool:
        """Whether every file of these kinds was read."""
        return self.unread.isdisjoint(kinds)

    @property
    def issue_types(self) -> list[Entry]:
        """Every [[issue_type]]."""
        return list(self._entries(FileKind.TAXONOMY, "issue_type"))

    @property
    def markets(self) -> list[Entry]:
        """Every [[market]]."""
        return list(self._entries(FileKind.FLOOR, "market"))

    @property
    def cops(self) -> list[Entry]:
        """Every [[cop]]."""
        return list(self._entries(FileKind.FLOOR, "cop"))

    @property
    def agents(self) -> list[Entry]:
        """Every [[agent]]."""
        return list(self._entries(FileKind.FLOOR, "agent"))

    @property
    def quotas(self) -> list[Entry]:
        """Every [[quota]]."""
        return list(self._entries(FileKind.FLOOR, "quota"))

    @property
    def conflicts(self) -> list[Entry]:
        """Every [[conflict]]."""
        return list(self._entries(FileKind.FLOOR, "conflict"))

    @property
    def hard_cases(self) -> list[Entry]:
        """The table [hard_cases], as the only one of its kind."""
        found = [(d, d.data.get("hard_cases")) for d in self.documents if d.kind is FileKind.FLOOR]
        return [Entry(d, "hard_cases", 0, table) for d, table in found if isinstance(table, dict)]

    @property
    def experiments(self) -> list[Entry]:
        """The table [experiment], as the only one of its kind."""
        found = [(d, d.data.get("experiment")) for d in self.documents if d.kind is FileKind.FLOOR]
        return [Entry(d, "experiment", 0, table) for d, table in found if isinstance(table, dict)]

    @property
    def retentions(self) -> list[Entry]:
        """The table [retention], as the only one of its kind."""
        found = [(d, d.data.get("retention")) for d in self.documents if d.kind is FileKind.FLOOR]
        return [Entry(d, "retention", 0, table) for d, table in found if isinstance(table, dict)]

    @property
    def policies(self) -> list[Document]:
        """Every policy file."""
        return [document for document in self.documents if document.kind is FileKind.POLICY]

    @property
    def overflow(self) -> dict[str, Any]:
        """The table [overflow]; empty where there is none."""
        found = (d.data.get("overflow") for d in self.documents if d.kind is FileKind.FLOOR)
        return next((table for table in found if isinstance(table, dict)), {})

    @property
    def outside(self) -> list[Entry]:
        """Every [[outside]]."""
        return list(self._entries(FileKind.OUTSIDE, "outside"))

    @property
    def families(self) -> list[tuple[Document, str]]:
        """(file, key) of every [family]."""
        found = ((d, d.data.get("family")) for d in self.documents if d.kind is FileKind.TAXONOMY)
        return [(d, f["key"]) for d, f in found if isinstance(f, dict) and isinstance(f.get("key"), str)]

    def _entries(self, kind: FileKind, table: str) -> Iterator[Entry]:
        for document in self.documents:
            entries = document.data.get(table) if document.kind is kind else None
            for position, data in enumerate(entries if isinstance(entries, list) else []):
                if isinstance(data, dict):
                    yield Entry(document, table, position, data)


def spots_of(entries: list[Entry], *fields: str) -> Iterator[Spot]:
    """Every message in these fields."""
    for entry in entries:
        for field in fields:
            for position, text in entry.texts(field):
                yield Spot(entry, field, position, text)


def same_words(text: str) -> str:
    """What two messages share that differ only in case and spacing."""
    return " ".join(text.casefold().split())


def counts_of(declared: Declared) -> dict[str, int]:
    """How much of everything the files hold."""
    types, outside = declared.issue_types, declared.outside
    return {
        "families": len(declared.families),
        "issue_types": len(types),
        "examples": sum(1 for _ in spots_of(types, "examples")),
        "held_out": sum(1 for _ in spots_of(types, "held_out")),
        "outside_calibration": sum(1 for _ in spots_of(outside, "calibration")),
        "outside_held_out": sum(1 for _ in spots_of(outside, "held_out")),
        "markets": len(declared.markets),
        "cops": len(declared.cops),
    }
