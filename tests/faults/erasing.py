"""Erasure among the faults: a customer goes whole, from everywhere, for good, and nobody else loses a row."""

import hashlib
import sqlite3
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from faults.fate import Fate, require
from routing.domain.erasure import Lingering, Pseudonym, Traces
from routing.domain.errors import Unavailable

Rows = Callable[..., list[sqlite3.Row]]
HANGING = ("offers", "assignments", "reviews", "labels", "triages", "messages", "events")
THEIRS = "(SELECT id FROM conversations WHERE customer_id = ?)"
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
SALT_BYTES = 16


class Pseudonyms:
    """ports.Pseudonyms."""

    def of(self, customer_id: str) -> Pseudonym:
        return Pseudonym(hashlib.sha256(customer_id.encode()).hexdigest(), "key")


@dataclass(slots=True)
class Shelf:
    """ports.Place: a copy of every message that was taken in, outside the database; away now and then."""

    fate: Fate
    name: str = "shelf"
    copies: set[str] = field(default_factory=set)

    def count(self, traces: Traces) -> int:
        return len(self.copies & set(traces.words))

    def erase(self, traces: Traces) -> int:
        self.fate.seam("the shelf is emptied")
        if self.fate.chance(0.1):
            raise Unavailable("the shelf is out of reach")
        gone = self.count(traces)
        self.copies -= set(traces.words)
        self.fate.step("the shelf is empty")
        return gone

    def lingering(self, at: datetime) -> list[Lingering]:
        return []


@dataclass(frozen=True, slots=True)
class Theirs:
    """What the database holds of a customer."""

    ids: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    facts: frozenset[int] = frozenset()


@dataclass(slots=True)
class Erased:
    """What erasures took away, held against what was there the moment before each of their commits."""

    rows: Rows
    shelf: Shelf
    texts: set[str] = field(default_factory=set)
    facts: set[int] = field(default_factory=set)
    gone: dict[str, Theirs] = field(default_factory=dict)
    _theirs: Theirs = Theirs()
    _others: frozenset[Any] = frozenset()

    def committing(self, customer: str) -> None:
        """Look at what is there; the transaction that is about to commit is not to be seen yet."""
        self._theirs, self._others = self._of(customer), self._of_others(customer)

    def committed(self, customer: str) -> None:
        """Broken where somebody else lost anything, or where something of the customer stayed behind."""
        before, left = self._theirs, self._of(customer)
        lost = self._others - self._of_others(customer)
        require(not lost, f"with {customer} went {sorted(map(repr, lost))[:3]}")
        self.texts |= before.texts - left.texts
        self.facts |= before.facts - left.facts
        copied = self.shelf.copies & self.texts
        require(not copied, f"erased, and still on the shelf: {sorted(copied)}")
        if before.ids and not left.ids:
            known = self.gone.get(customer, Theirs())
            self.gone[customer] = Theirs(known.ids | before.ids, known.texts | before.texts)
            self._nowhere(customer)

    def nobody_is_found(self) -> None:
        """Whoever was erased and wrote nothing since is found nowhere, however the others went on."""
        for customer in sorted(self.gone):
            if not self._of(customer).ids:
                self._nowhere(customer)

    def texts_of(self, customer: str) -> frozenset[str]:
        """What they wrote, as it is stored now."""
        return frozenset(row["text"] for row in self.rows(f"SELECT text FROM messages {_hangs('IN')}", customer))

    def _of(self, customer: str) -> Theirs:
        return Theirs(
            frozenset(row["id"] for row in self.rows("SELECT id FROM conversations WHERE customer_id = ?", customer)),
            self.texts_of(customer),
            frozenset(row["seq"] for row in self.rows(f"SELECT seq FROM events {_hangs('IN')}", customer)),
        )

    def _of_others(self, customer: str) -> frozenset[Any]:
        apart = f"{_hangs('NOT IN')} OR conversation_id IS NULL"
        hanging = ((name, row) for name in HANGING for row in self.rows(f"SELECT * FROM {name} {apart}", customer))
        whole = self.rows("SELECT * FROM conversations WHERE customer_id <> ?", customer)
        return frozenset((name, *row) for name, row in (*hanging, *(("conversations", row) for row in whole)))

    def _nowhere(self, customer: str) -> None:
        theirs = self.gone[customer]
        marks = (customer, *sorted(theirs.ids), *sorted(theirs.texts))
        for table in (row["name"] for row in self.rows(TABLES)):
            for row in self.rows(f'SELECT * FROM "{table}"'):
                if table == "events" and row["kind"] == "conversation.erased":
                    continue
                said = "\n".join(_opened(value) for value in row)
                found = [mark for mark in marks if mark in said]
                require(not found, f"{customer} was erased, and {table} holds {found}: {said[:300]}")


def _hangs(how: str) -> str:
    return f"WHERE conversation_id {how} {THEIRS}"


def _opened(value: Any) -> str:
    # Byte for byte: a random salt, written out as Python does, may look like an id.
    if isinstance(value, bytes):
        return (zlib.decompress(value) if len(value) > SALT_BYTES else value).decode("latin-1")
    return str(value)
