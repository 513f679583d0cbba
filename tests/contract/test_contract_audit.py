"""Contract: every fact is sealed, and whatever is done to the past shows, over all three stores."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from builders import NOON
from seeds import committed, read
from tampering import edited, put_fact, put_trail, read_trail, sealed_anew

from routing.adapters.memory import MemoryStore
from routing.domain.audit import Anchor, Sealed, Wanted, standing
from routing.domain.audit_check import Flaw, Verification
from routing.domain.events import Event, EventKind
from routing.ports import Store
from routing.services import audit

LENGTH = 12
Change = Callable[[list[Sealed]], list[Sealed]]


class KeptAnchors:
    """ports.Anchors in a list."""

    def __init__(self) -> None:
        self.kept: list[Anchor] = []

    def all(self) -> list[Anchor]:
        return self.kept

    def add(self, anchor: Anchor) -> None:
        self.kept.append(anchor)


def fact(number: int, **changes: Any) -> Event:
    made = Event(
        EventKind.OFFER_MADE if number % 2 else EventKind.REVIEW_DECIDED,
        NOON + timedelta(seconds=number),
        "mona" if number % 3 else "service",
        f"c-{number % 4}",
        "ada",
        {"offer_id": f"o-{number}", "price": 1.1, "reasons": ("low_confidence",), "note": "naïve\u0000 ✓"},
    )
    return replace(made, **changes)


def append(store: Store, *facts: Event) -> None:
    def step(uow: Any) -> None:
        for each in facts:
            uow.events.append(each)

    committed(store, step)


@pytest.fixture
def trail(store: Store) -> KeptAnchors:
    """Twelve facts in four transactions, the newest seal anchored."""
    for start in range(0, LENGTH, 3):
        append(store, *(fact(number) for number in range(start, start + 3)))
    anchors = KeptAnchors()
    audit.anchor(store, anchors, NOON)
    return anchors


def verified(store: Store, trail: KeptAnchors | None = None) -> Verification:
    return audit.verify(store, trail.all() if trail else [])


def flaws(store: Store, trail: KeptAnchors | None = None) -> set[Flaw]:
    return {finding.flaw for finding in verified(store, trail).findings}


def test_every_fact_is_sealed_to_the_one_before_it(store: Store, trail: KeptAnchors) -> None:
    found = verified(store, trail)
    assert (found.whole, found.checked, found.anchored, found.erased) == (True, LENGTH, LENGTH, 0)
    rows = read_trail(store)
    assert [row.seal.position for row in rows] == list(range(1, LENGTH + 1))
    assert [row.event.seq for row in rows if row.event] == [row.seal.seq for row in rows]
    assert read(store, lambda uow: uow.audit.head()) == rows[-1].seal


def test_a_rolled_back_fact_leaves_no_seal(store: Store, trail: KeptAnchors) -> None:
    with store.transaction() as uow:
        uow.events.append(fact(99))
    assert verified(store, trail).checked == LENGTH


def test_equal_facts_have_unequal_digests(store: Store) -> None:
    append(store, fact(1), fact(1))
    one, other = read_trail(store)
    assert one.salt != other.salt and one.seal.content != other.seal.content


CHANGES: dict[str, tuple[Change, Flaw]] = {
    "another actor": (lambda rows: [edited(rows[0], actor="mick"), *rows[1:]], Flaw.EDITED),
    "another time": (lambda rows: [*rows[:5], edited(rows[5], at=NOON), *rows[6:]], Flaw.EDITED),
    "another kind": (lambda rows: [*rows[:5], edited(rows[5], kind=EventKind.OFFER_LAPSED), *rows[6:]], Flaw.EDITED),
    "another reason": (lambda rows: [*rows[:-1], edited(rows[-1], data={"offer_id": "o-11"})], Flaw.EDITED),
    "another COp": (lambda rows: [*rows[:-1], edited(rows[-1], cop_id=None)], Flaw.EDITED),
    "another customer's conversation": (
        lambda rows: [*rows[:-1], edited(rows[-1], conversation_id="c-9")],
        Flaw.EDITED,
    ),
    "a fact gone": (lambda rows: [*rows[:4], replace(rows[4], event=None), *rows[5:]], Flaw.MISSING),
    "a fact gone with its seal": (lambda rows: [*rows[:4], *rows[5:]], Flaw.OUT_OF_PLACE),
    "a salt gone": (lambda rows: [*rows[:4], replace(rows[4], salt=None), *rows[5:]], Flaw.MISSING),
    "the first facts gone": (lambda rows: rows[3:], Flaw.OUT_OF_PLACE),
    "facts swapped": (lambda rows: [*rows[:2], *_swapped(rows[2], rows[3]), *rows[4:]], Flaw.BROKEN),
    "the end cut off": (lambda rows: rows[:-3], Flaw.TRUNCATED),
    "everything gone": (lambda rows: [], Flaw.TRUNCATED),
    "the last fact edited and sealed anew": (
        lambda rows: sealed_anew([*rows[:-1], edited(rows[-1], actor="mick")]),
        Flaw.REWRITTEN,
    ),
    "the whole past rewritten without a flaw": (
        lambda rows: sealed_anew([edited(row, actor="mick") for row in rows]),
        Flaw.REWRITTEN,
    ),
}


def _swapped(one: Sealed, other: Sealed) -> list[Sealed]:
    """Each seal at the other's position: the order of two facts, turned round."""
    first, second = one.seal.position, other.seal.position
    return [
        replace(other, seal=replace(other.seal, position=first)),
        replace(one, seal=replace(one.seal, position=second)),
    ]


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_past_shows(store: Store, trail: KeptAnchors, name: str) -> None:
    change, flaw = CHANGES[name]
    put_trail(store, change)
    assert flaw in flaws(store, trail)


def test_a_fact_that_came_in_past_the_seals_shows(store: Store, trail: KeptAnchors) -> None:
    put_fact(store, fact(7, seq=500))
    assert flaws(store, trail) == {Flaw.UNSEALED}


def test_only_the_anchor_tells_a_perfect_rewriting(store: Store, trail: KeptAnchors) -> None:
    put_trail(store, lambda rows: sealed_anew([edited(row, actor="mick") for row in rows]))
    assert verified(store).whole
    assert not verified(store, trail).whole


@pytest.mark.parametrize("seed", range(5))
def test_any_single_change_at_any_place_shows(seed: int) -> None:
    draw = Random(seed)
    for _ in range(40):
        store, anchors = MemoryStore(), KeptAnchors()
        append(store, *(fact(number) for number in range(LENGTH)))
        audit.anchor(store, anchors, NOON)
        put_trail(store, lambda rows: _one_change(rows, draw))
        assert not verified(store, anchors).whole


def _one_change(rows: list[Sealed], draw: Random) -> list[Sealed]:
    at, kind = draw.randrange(LENGTH), draw.randrange(6)
    row = rows[at]
    if kind == 0:
        return rows[:at]
    if kind == 1:
        return [*rows[:at], *rows[at + 1 :]]
    if kind == 2:
        return [*rows[:at], edited(row, actor=f"{draw.random()}"), *rows[at + 1 :]]
    if kind == 3:
        return sealed_anew([*rows[:at], edited(row, actor=f"{draw.random()}"), *rows[at + 1 :]])
    if kind == 4:
        other = (at + draw.randrange(1, LENGTH)) % LENGTH
        low, high = sorted((at, other))
        first, second = _swapped(rows[low], rows[high])
        return [*rows[:low], first, *rows[low + 1 : high], second, *rows[high + 1 :]]
    digits = "f" * 64
    return [*rows[:at], replace(row, seal=replace(row.seal, chained=digits)), *rows[at + 1 :]]


def test_what_was_forgotten_on_purpose_leaves_the_trail_whole(store: Store, trail: KeptAnchors) -> None:
    seqs = [row.seal.seq for row in read_trail(store)[2:4]]
    assert committed(store, lambda uow: audit.forget(uow, seqs, NOON, "mona", "erasure 17")) == 2
    found = verified(store, trail)
    assert (found.whole, found.erased) == (True, 2)
    assert [row.salt for row in read_trail(store)[2:4]] == [None, None]


def test_facts_are_found_by_who_what_when_and_about_whom(store: Store, trail: KeptAnchors) -> None:
    def found(**wanted: Any) -> list[str]:
        rows = audit.search(store, Wanted(**wanted), 100)
        return [str(row.event.data["offer_id"]) for row in rows if row.event]

    assert found(actor="service") == ["o-9", "o-6", "o-3", "o-0"]
    assert found(kinds=(EventKind.OFFER_MADE,), conversation_id="c-1") == ["o-9", "o-5", "o-1"]
    assert found(since=NOON + timedelta(seconds=10)) == ["o-11", "o-10"]
    assert found(until=NOON + timedelta(seconds=1), cop_id="ada") == ["o-0"]
    assert found(actor="nobody") == []
    assert len(audit.search(store, Wanted(), 3)) == 3


def test_after_a_restored_back_up_the_old_anchors_are_set_aside_by_name(store: Store, trail: KeptAnchors) -> None:
    put_trail(store, lambda rows: rows[:9])
    assert flaws(store, trail) == {Flaw.TRUNCATED}
    audit.anchor_restored(store, trail, NOON, "disk of Tuesday")
    assert verified(store, trail).whole
    put_trail(store, lambda rows: rows[:8])
    assert flaws(store, trail) == {Flaw.TRUNCATED}


def test_they_are_set_aside_also_where_the_restored_history_went_past_them(store: Store, trail: KeptAnchors) -> None:
    early = Anchor(4, read_trail(store)[3].seal.chained, NOON)
    trail.kept.insert(0, early)
    put_trail(store, lambda rows: rows[:6])
    append(store, *(fact(number) for number in range(20, 30)))
    assert flaws(store, trail) == {Flaw.REWRITTEN}

    audit.anchor_restored(store, trail, NOON, "disk of Tuesday")

    assert verified(store, trail).whole and verified(store, trail).anchored == 16
    assert early in standing(trail.all()) and len(standing(trail.all())) == 3
    put_trail(store, lambda rows: sealed_anew([edited(row, actor="mick") for row in rows]))
    assert flaws(store, trail) == {Flaw.REWRITTEN}


TAMPERING = {
    "change a digest": "UPDATE seals SET content = 'x' WHERE position = 3",
    "move a seal": "UPDATE seals SET position = 900 WHERE position = 3",
    "take a seal away": "DELETE FROM seals WHERE position = 12",
    "salt anew": "UPDATE seals SET salt = chained WHERE position = 3",
    "forget and change at once": "UPDATE seals SET salt = NULL, content = 'x' WHERE position = 3",
    "change a fact": "UPDATE events SET actor = 'mick'",
    "take a fact away": "DELETE FROM events",
}


@pytest.mark.parametrize("store", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.parametrize("statement", TAMPERING.values(), ids=TAMPERING)
def test_the_database_itself_refuses_to_change_what_is_sealed(store: Store, trail: KeptAnchors, statement: str) -> None:
    import sqlalchemy as sa
    from sqlalchemy.exc import DBAPIError

    from routing.adapters.sql.unit_of_work import SqlStore

    assert isinstance(store, SqlStore)
    with pytest.raises(DBAPIError), store.engine.begin() as connection:
        connection.execute(sa.text(statement))
    assert verified(store, trail).whole
