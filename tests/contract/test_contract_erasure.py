"""Contract: an erased customer is found nowhere, the receipt tells what went, and the audit trail still verifies."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders import FixedPacks, FrozenClock, make_context, make_model, make_pack
from customer_life import (
    CAROL,
    DAVE,
    REASON,
    WORDS,
    Packing,
    Shelf,
    erased,
    everything,
    is_there,
    live,
    reach,
    said,
    written,
)
from doubles import ScriptedClassifier
from seeds import committed, read

from routing.domain.conversation import ConversationId
from routing.domain.cop import CopId, Presence
from routing.domain.erasure import Erasure, NotEnded
from routing.domain.errors import Invalid, Unavailable
from routing.domain.events import EventKind
from routing.domain.issue import Decision
from routing.domain.limits import Conflict, LimitRules
from routing.domain.model import ModelId, ModelState
from routing.domain.review import ReviewState
from routing.domain.shadow import ShadowTriage
from routing.ports import Store
from routing.services import audit, erasure, intake, matching, presence, review, triage
from routing.services.context import Context
from routing.services.erasure import Request, preview


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def context(store: Store, clock: FrozenClock) -> Context:
    return make_context(store, clock=clock)


@pytest.fixture
def lived(context: Context) -> Context:
    """Carol's whole life, and Dave's beside it."""
    live(context)
    live(context, DAVE, "talk-2", "unsure card_lost the violet bicycle squeaks")
    return context


def words_of(text: str) -> list[str]:
    return [word for word in text.split() if word not in {"unsure", "card_lost", "the", "is"}]


def test_an_erased_customer_is_found_in_no_table(lived: Context) -> None:
    assert CAROL in everything(lived) and "marmalade" in everything(lived)

    done = erased(lived)

    left = everything(lived)
    assert CAROL not in left and not [word for word in words_of(WORDS) if word in left]
    assert all("conversation.erased" in row for row in left.splitlines() if "talk-1" in row)
    assert done.counts["conversations"] == 1 and done.counts["messages"] == 1 and done.counts["labels"] == 2
    assert done.counts["facts"] >= 8 and done.counts["replies"] == 2 and done.counts["tick snapshots"] >= 1


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_the_database_s_files_hold_nothing_of_them(lived: Context, tmp_path: Path) -> None:
    """Neither in freed pages nor in the write-ahead log."""
    assert b"marmalade" in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    erased(lived)
    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"marmalade" not in left and CAROL.encode() not in left and DAVE.encode() in left


def test_whoever_is_beside_them_keeps_everything(lived: Context) -> None:
    before = everything(lived).count(DAVE)
    erased(lived)
    assert everything(lived).count(DAVE) == before and said(lived, "talk-2")


def test_the_history_tells_only_that_a_conversation_was_erased(lived: Context) -> None:
    done = erased(lived)
    about = read(lived.store, lambda uow: uow.events.of(ConversationId("talk-1")))
    assert [(event.kind, dict(event.data)) for event in about] == [
        (EventKind.CONVERSATION_ERASED, {"erasure_id": done.id, "market": "uk"})
    ]
    pending = read(lived.store, lambda uow: uow.outbox.pending(999))
    assert [event.kind for event in pending if event.conversation_id == "talk-1"] == [EventKind.CONVERSATION_ERASED]


def test_the_audit_trail_still_verifies(lived: Context) -> None:
    before = audit.verify(lived.store, [])
    done = erased(lived)
    after = audit.verify(lived.store, [])
    assert after.whole and after.erased == done.counts["facts"] and after.checked > before.checked


def test_the_receipt_holds_no_personal_data_and_is_sealed(lived: Context) -> None:
    done = erased(lived)
    kept = erasure.receipt(lived, done.id)
    assert kept == done and kept.done_at is not None and (kept.asked_by, kept.reason) == ("root", REASON)
    assert CAROL not in repr(kept) and "talk-1" not in repr(kept)
    assert erasure.is_as_sealed(lived, kept)
    assert not erasure.is_as_sealed(lived, replace(kept, counts={"conversations": 0}))


def test_a_second_call_finds_nothing_and_names_the_first(lived: Context, clock: FrozenClock) -> None:
    first = erased(lived)
    clock.advance(60)
    second = erased(lived)
    assert (second.total, second.first) == (0, first.id) and second.id != first.id
    assert audit.verify(lived.store, []).whole


def test_nobody_is_erased_while_somebody_waits_or_works(context: Context) -> None:
    written(context)
    before = everything(context)
    with pytest.raises(NotEnded, match=r"talk-1 \(received\)"):
        erased(context)
    assert everything(context) == before


def test_who_writes_again_is_a_new_customer(lived: Context) -> None:
    erased(lived)
    written(lived, id="talk-9", words="good morning")
    [again] = read(lived.store, lambda uow: uow.belongings.of_customer(CAROL))
    assert again.id == "talk-9" and said(lived, "talk-9") == ["good morning"]


def test_a_repeated_delivery_does_not_bring_the_erased_back(lived: Context) -> None:
    erased(lived)
    written(lived)
    assert not is_there(lived)


def test_an_erasure_broken_off_goes_on_where_it_was(lived: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    live(lived, CAROL, "talk-3", "unsure card_lost another marmalade matter")
    monkeypatch.setattr(erasure, "AT_ONCE", 1)
    finish, batches = erasure._erase_some, []

    def dying(*given: object) -> bool:
        batches.append(1)
        if len(batches) == 2:
            raise KeyboardInterrupt
        return finish(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(erasure, "_erase_some", dying)
    with pytest.raises(KeyboardInterrupt):
        erased(lived)
    [begun] = erasure.receipts(lived, 9)
    assert begun.done_at is None and begun.counts["conversations"] == 1

    monkeypatch.setattr(erasure, "_erase_some", finish)
    done = erased(lived)

    assert done.id == begun.id and done.counts["conversations"] == 2 and done.done_at is not None
    assert len(erasure.receipts(lived, 9)) == 1 and "marmalade" not in everything(lived)
    assert audit.verify(lived.store, []).whole


def test_a_place_out_of_reach_leaves_the_database_as_it_was(lived: Context) -> None:
    shelf = Shelf(f"a letter of {CAROL}", "a letter of nobody")
    shelf.away = True
    with pytest.raises(Unavailable, match="out of reach"):
        erased(lived, CAROL, shelf)
    assert is_there(lived)

    shelf.away = False
    done = erased(lived, CAROL, shelf)
    assert done.counts["shelf"] == 1 and shelf.lines == ["a letter of nobody"]
    assert len(erasure.receipts(lived, 9)) == 1


def test_the_receipt_says_what_lingers_where_until_when(lived: Context, clock: FrozenClock) -> None:
    done = erased(lived, CAROL, Shelf())
    shelf, backups = done.lingering
    assert (shelf.place, shelf.until) == ("a copy of the shelf", clock.now() + timedelta(days=3))
    assert backups.place.startswith("back-ups") and backups.until == clock.now() + timedelta(days=30)


def test_a_pack_that_names_them_and_a_log_in_use_are_told(
    lived: Context, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    conflict = Conflict(frozenset({CAROL}), frozenset({CopId("ada")}))
    pack = make_pack(limits=LimitRules((), None, None, (conflict,)))
    monkeypatch.setattr(type(store), "scrub", lambda _: False)
    places = [each.place for each in erased(replace(lived, packs=FixedPacks(pack))).lingering]
    assert any("[[conflict]]" in place for place in places) and any("log" in place for place in places)
    assert not any(CAROL in place for place in places)


def test_models_that_learned_of_them_are_named(lived: Context) -> None:
    labels = {label.conversation_id: label.id for label in read(lived.store, lambda uow: uow.labels.all())}

    def teach(uow: object) -> None:
        for id, state in (("knows", ModelState.LIVE), ("innocent", ModelState.RETIRED), ("untold", ModelState.RETIRED)):
            uow.models.add(make_model(id, state=state))  # type: ignore[attr-defined]
        uow.lessons.keep("knows", "d1", list(labels.values()))  # type: ignore[attr-defined]
        uow.lessons.keep("innocent", "d2", [labels["talk-2"]])  # type: ignore[attr-defined]

    committed(lived.store, teach)
    done = erased(lived)
    assert {(model.version, model.state, model.labels) for model in done.models} == {
        ("knows", "live", 1),
        ("untold", "retired", None),
    }
    assert read(lived.store, lambda uow: uow.lessons.taught([labels["talk-1"]])) == {}
    assert read(lived.store, lambda uow: uow.lessons.digest_of("knows")) == "d1"


def test_what_a_shadow_answered_goes_too(lived: Context) -> None:
    answer = ShadowTriage("talk-1", lived.clock.now(), ModelId("m2"), "m1", "card_lost", Decision.AUTO, 0.9)
    committed(lived.store, lambda uow: uow.shadow_triages.add_all([answer]))
    assert erased(lived).counts["shadow answers"] == 1


def test_a_preview_counts_and_changes_nothing(lived: Context) -> None:
    before = everything(lived)
    seen = preview(lived, reach(Shelf(CAROL)), CAROL)
    assert everything(lived) == before
    assert seen.counts["conversations"] == 1 and seen.counts["shelf"] == 1 and not seen.open_ones
    done = erased(lived)
    assert {name: done.counts[name] for name in ("messages", "labels", "facts")} == {
        name: seen.counts[name] for name in ("messages", "labels", "facts")
    }


@pytest.mark.parametrize(("customer", "reason"), [("", "case 1"), ("a\nb", "case 1"), ("x" * 129, "r"), ("c", " ")])
def test_a_request_without_a_customer_or_a_reason_is_refused(customer: str, reason: str) -> None:
    with pytest.raises(Invalid):
        Request(customer, "root", reason)


def test_a_message_that_comes_while_they_are_erased_is_a_new_conversation(lived: Context) -> None:
    """What a door read before the erasure does not bring it to a fall."""
    erased(lived)
    receipt = intake.receive(lived, intake.IncomingMessage("late", "chat", "hello", "uk", conversation_id="talk-1"))
    assert not receipt.duplicate and said(lived) == ["hello"]


def test_every_erasure_is_a_fact(lived: Context) -> None:
    done: Erasure = erased(lived)
    [fact] = read(lived.store, lambda uow: uow.events.newest_of([EventKind.CUSTOMER_ERASED], 9))
    assert (fact.actor, fact.data["erasure_id"], fact.conversation_id) == ("root", done.id, None)


@pytest.mark.parametrize("broken_off", [False, True])
def test_who_is_erased_while_a_tick_is_planned_is_not_kept_in_its_snapshot(context: Context, broken_off: bool) -> None:
    written(context)
    written(context, DAVE, "talk-2", "card_lost the violet bicycle squeaks")
    triage.triage_batch(context, ScriptedClassifier())
    for item in read(context.store, lambda uow: uow.reviews.newest([ReviewState.OPEN], 9)):
        review.claim(context, item.id, "mona")
        review.give_verdict(context, item.id, "card_lost", "mona")
    presence.set_presence(context, presence.PresenceChange(CopId("ada"), Presence.AVAILABLE, "ada"))
    shelf = Shelf()
    shelf.away = broken_off

    def carol_goes() -> None:
        intake.abandon(context, ConversationId("talk-1"), "left", "test")
        with suppress(Unavailable):
            erased(context, CAROL, shelf)

    matcher = Packing(plan=lambda problem: [("talk-2", "ada")], meanwhile=carol_goes)
    done = matching.tick(context, matcher, "main", "one")

    assert done is not None and done.offered == 1 and is_there(context) is broken_off
    shelf.away = False
    erased(context, CAROL, shelf)
    left = everything(context)
    assert "talk-2" in left and CAROL not in left and "marmalade" not in left
    assert read(context.store, lambda uow: uow.ticks.snapshot(done.id)) is None
