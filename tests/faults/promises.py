"""What must hold after every commit, read from the database by a connection that shares no code with the product."""

import sqlite3
from collections import defaultdict
from collections.abc import Callable
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from builders import FixedPacks
from installed_database import CLOSES, OPENS

from faults.erasing import Erased, Shelf
from faults.fate import Fate, require
from faults.floor import breach
from routing.domain.events import EventKind, topic_of

HOLDING = """
    SELECT c.id, c.state,
      (SELECT count(*) FROM offers o WHERE o.conversation_id = c.id AND o.state = 'pending') AS offers,
      (SELECT count(*) FROM assignments a WHERE a.conversation_id = c.id AND a.state = 'active') AS assignments,
      (SELECT count(*) FROM reviews r WHERE r.conversation_id = c.id AND NOT r.blind
         AND r.state IN ('open', 'claimed')) AS reviews
    FROM conversations c"""
LOADS = """
    SELECT s.cop_id, s.channel, s.capacity, s.load,
      (SELECT count(*) FROM offers o WHERE o.cop_id = s.cop_id AND o.channel = s.channel AND o.state = 'pending') +
      (SELECT count(*) FROM assignments a WHERE a.cop_id = s.cop_id AND a.channel = s.channel AND a.state = 'active')
      AS held
    FROM cop_slots s WHERE s.load > 0 OR s.capacity > 0"""
OFFERED = """
    SELECT c.*, p.presence, o.state AS offer_state FROM offers o JOIN conversations c ON c.id = o.conversation_id
    LEFT JOIN cop_presence p ON p.cop_id = o.cop_id WHERE o.id = ?"""
BEGINS = (EventKind.CONVERSATION_RECEIVED, EventKind.CONVERSATION_REOPENED)
SLACK = timedelta(milliseconds=1)
GROWING = ("_last_event", "_last_tick", "_loads", "_epochs", "_ages", "_ended", "_known", "_live", "offers")


class Promises:
    """Compares each commit with the one before it; `clock` tells the time of whoever committed."""

    def __init__(self, books: sqlite3.Connection, packs: FixedPacks, fate: Fate) -> None:
        self._books, self._packs, self._fate = books, packs, fate
        self._last_event = self._last_tick = 0
        self._loads: dict[tuple[str, str], int] = {}
        self._epochs: dict[str, int] = {}
        self._ages: dict[str, str] = {}
        self._ended: set[str] = set()
        self._known: set[str] = set()
        self._live: dict[str | None, str | None] = defaultdict(lambda: None)
        self.acknowledged: set[str] = set()
        self.erased = Erased(self.rows, Shelf(fate))
        self.commits = self.offers = 0
        self._before: dict[str, Any] = {}

    def look_before(self) -> None:
        """A transaction is about to commit."""
        customer = self._fate.frames[-1].erases if self._fate.frames else None
        if customer is not None:
            self.erased.committing(customer)

    def check(self, clock: Callable[[], datetime]) -> None:
        """Broken names the promise."""
        self.commits += 1
        customer = self._fate.frames[-1].erases
        if customer is not None:
            self.erased.committed(customer)
        begun = self._history(clock())
        self._held_once()
        self._within_capacity()
        self._by_the_leader()
        self._ages_kept(begun)
        self._nothing_lost()

    def check_inside(self, inside: sqlite3.Connection, clock: Callable[[], datetime]) -> None:
        """The same for a part that others will commit: as if it were on disk, and taken back where it gets lost."""
        self._before = self._before or {name: copy(getattr(self, name)) for name in GROWING}
        books, self._books, inside.row_factory = self._books, inside, sqlite3.Row
        try:
            self.check(clock)
        finally:
            self._books, inside.row_factory = books, None

    def lasted(self) -> None:
        """What was checked inside is on disk."""
        self._before = {}

    def lost(self) -> None:
        """What was checked inside, and has not lasted, never happened."""
        for name, value in self._before.items():
            setattr(self, name, value)
        self._before = {}

    def close(self) -> None:
        """Give the connection back."""
        self._books.close()

    def rows(self, query: str, *given: Any) -> list[sqlite3.Row]:
        """What the database says now."""
        return self._books.execute(query, given).fetchall()

    def _held_once(self) -> None:
        for row in self.rows(HOLDING):
            told = (row["offers"], row["assignments"], row["reviews"])
            state = row["state"]
            meant = (int(state == "offered"), int(state == "assigned"), int(state == "in_review"))
            require(told == meant, f"{row['id']} is {state} and has (offers, assignments, reviews) {told}")

    def _within_capacity(self) -> None:
        for row in self.rows(LOADS):
            slot, load = (row["cop_id"], row["channel"]), row["load"]
            require(load == row["held"], f"the load of {slot} is {load}, and {row['held']} are held")
            grew = load > self._loads.get(slot, 0)
            require(not grew or load <= row["capacity"], f"the load of {slot} rose to {load} of {row['capacity']}")
            self._loads[slot] = load

    def _history(self, at: datetime) -> set[str]:
        begun = set()
        new = self.rows(
            "SELECT seq, kind, conversation_id, cop_id, data FROM events WHERE seq > ? ORDER BY seq", self._last_event
        )
        waiting = {row["seq"] for row in self.rows("SELECT seq FROM outbox WHERE seq > ?", self._last_event)}
        for row in new:
            require(row["seq"] == self._last_event + 1, f"the history jumps to {row['seq']}")
            self._last_event = row["seq"]
            kind = EventKind(row["kind"])
            require(topic_of(kind) is None or row["seq"] in waiting, f"{kind} {row['seq']} never joined the outbox")
            if kind in BEGINS:
                begun.add(row["conversation_id"])
            self._life(row, at)
        return begun

    def _life(self, row: sqlite3.Row, at: datetime) -> None:
        kind, id = row["kind"], row["conversation_id"]
        if kind in OPENS:
            require(self._live[id] is None, f"{kind} of {id}, which holds an {self._live[id]}")
            self._live[id] = OPENS[kind]
        elif kind in CLOSES:
            require(self._live[id] == CLOSES[kind], f"{kind} of {id}, which holds {self._live[id]}")
            self._live[id] = None
        if kind == EventKind.OFFER_MADE:
            self._fair_offer(row, at)

    def _fair_offer(self, row: sqlite3.Row, at: datetime) -> None:
        self.offers += 1
        offer_id = self.rows("SELECT json_extract(?, '$.offer_id') AS id", row["data"])[0]["id"]
        [about] = self.rows(OFFERED, offer_id)
        found = breach(self._packs, about, row["cop_id"], about["presence"], at)
        require(found is None, f"{about['id']} was offered to {row['cop_id']}, who {found}")

    def _by_the_leader(self) -> None:
        for row in self.rows("SELECT rowid, id, [group] AS g, epoch FROM ticks WHERE rowid > ?", self._last_tick):
            self._last_tick = row["rowid"]
            [lease] = self.rows("SELECT epoch FROM leases WHERE name = ?", f"matching:{row['g']}")
            require(row["epoch"] == lease["epoch"], f"a tick of epoch {row['epoch']} was kept in {lease['epoch']}")
        for row in self.rows("SELECT name, epoch FROM leases"):
            require(row["epoch"] >= self._epochs.get(row["name"], 0), f"the epoch of {row['name']} fell")
            self._epochs[row["name"]] = row["epoch"]

    def _ages_kept(self, begun: set[str]) -> None:
        for row in self.rows("SELECT id, waiting_since, state IN ('closed', 'abandoned') AS ended FROM conversations"):
            risen = row["id"] in self._ended and not row["ended"] and row["id"] not in begun
            require(not risen, f"{row['id']} had ended and goes on, and no customer wrote")
            (self._ended.add if row["ended"] else self._ended.discard)(row["id"])
            before = self._ages.setdefault(row["id"], row["waiting_since"])
            later = row["waiting_since"] > before and row["id"] not in begun
            require(not later, f"{row['id']} waits since {row['waiting_since']}, and did since {before}")
            self._ages[row["id"]] = row["waiting_since"]

    def _nothing_lost(self) -> None:
        stored = [row["text"] for row in self.rows("SELECT text FROM messages")]
        require(len(stored) == len(set(stored)), "a message is there twice")
        gone = self.erased.texts
        self.erased.shelf.copies |= set(stored) - self._known
        self._known |= set(stored)
        lost = self.acknowledged - set(stored) - gone
        require(not lost, f"acknowledged and not there: {sorted(lost)}")
        back = gone & set(stored)
        require(not back, f"erased and there again: {sorted(back)}")
