"""Contract: what is past its time is purged within a day, by market, in batches; holds keep what they cover."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from builders import NOON, FixedPacks, FrozenClock, make_context, make_pack
from customer_life import CAROL, DAVE, everything, is_there, live, reach, said, written
from seeds import committed, read

from routing.adapters.erasure.purging import Purging
from routing.domain.conversation import ConversationId
from routing.domain.erasure import UnderHold
from routing.domain.errors import NotFound, Refused
from routing.domain.events import EventKind
from routing.domain.retention import Kept, Retention, Terms
from routing.ports import Store
from routing.services import audit, erasure, holds, intake, retention
from routing.services.context import Context
from routing.services.erasure import Request
from routing.settings import Settings

DAY = 86_400.0
TERMS = Retention(Terms(words_days=30, labels_days=60, records_days=90), {"ie": Terms(5, 60, 90)})


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def context(store: Store, clock: FrozenClock) -> Context:
    return make_context(store, clock=clock, packs=FixedPacks(make_pack(retention=TERMS)))


def purge(context: Context) -> int:
    return retention.purge(context, "one")


def labels(context: Context) -> int:
    return len(read(context.store, lambda uow: uow.labels.all()))


def ended(context: Context, id: str, customer: str = CAROL, market: str = "uk") -> None:
    """Written, and given up."""
    message = intake.IncomingMessage(f"event of {id}", "chat", "hello", market, conversation_id=id)
    intake.receive(context, replace(message, customer_id=customer))
    intake.abandon(context, ConversationId(id), f"end of {id}", "chat")


def test_words_then_labels_then_records_go_each_in_its_time(context: Context, clock: FrozenClock) -> None:
    live(context)
    clock.advance(30 * DAY - 1)
    assert purge(context) == 0 and said(context)
    clock.advance(2)
    assert purge(context) == 1
    assert said(context) == [] and labels(context) == 2 and is_there(context)
    clock.advance(30 * DAY)
    assert purge(context) == 1 and labels(context) == 0 and is_there(context)
    clock.advance(30 * DAY)
    assert purge(context) == 1 and not is_there(context)
    assert "marmalade" not in everything(context) and CAROL not in everything(context)
    assert purge(context) == 0
    found = audit.verify(context.store, [])
    assert found.whole and found.erased > 0


def test_each_market_has_its_own_terms(context: Context, clock: FrozenClock) -> None:
    ended(context, "in-uk")
    ended(context, "in-ie", market="ie")
    clock.advance(6 * DAY)
    purge(context)
    assert said(context, "in-uk") == ["hello"] and said(context, "in-ie") == []


def test_a_market_that_left_the_pack_is_purged_by_the_bank_s_terms(context: Context, clock: FrozenClock) -> None:
    ended(context, "in-ie", market="ie")
    pack = make_pack(retention=replace(TERMS, markets={}))
    left = replace(context, packs=FixedPacks(replace(pack, markets={"uk": pack.markets["uk"]})))
    clock.advance(6 * DAY)
    assert purge(left) == 0
    clock.advance(25 * DAY)
    assert purge(left) == 1 and said(context, "in-ie") == []


def test_who_still_waits_is_never_purged(context: Context, clock: FrozenClock) -> None:
    written(context)
    clock.advance(4_000 * DAY)
    assert purge(context) == 0 and said(context)


def test_a_conversation_reopened_after_its_words_went_is_purged_again(context: Context, clock: FrozenClock) -> None:
    ended(context, "c-1")
    clock.advance(31 * DAY)
    purge(context)
    message = intake.IncomingMessage("again", "chat", "me again", "uk", conversation_id="c-1")
    intake.receive(context, message)
    clock.advance(31 * DAY)
    purge(context)
    assert said(context, "c-1") == ["me again"]
    intake.abandon(context, ConversationId("c-1"), "left again", "chat")
    clock.advance(31 * DAY)
    purge(context)
    assert said(context, "c-1") == []


def test_a_hold_keeps_a_customer_or_a_conversation(context: Context, clock: FrozenClock) -> None:
    for id, customer in (("held-1", CAROL), ("held-2", CAROL), ("held-3", DAVE), ("free", DAVE)):
        ended(context, id, customer)
    of_carol = holds.set_hold(context, "root", "claim 9", customer_id=CAROL)
    holds.set_hold(context, "root", "claim 10", conversation_id="held-3")
    clock.advance(400 * DAY)
    purge(context)
    assert [is_there(context, id) for id in ("held-1", "held-2", "held-3", "free")] == [True, True, True, False]
    assert said(context, "held-1") == ["hello"]
    with pytest.raises(UnderHold, match="claim 9"):
        erasure.erase(context, reach(), Request(CAROL, "root", "case 1"))

    holds.lift_hold(context, of_carol.id, "root")
    purge(context)
    assert not is_there(context, "held-1") and is_there(context, "held-3")
    with pytest.raises(Refused, match="was lifted"):
        holds.lift_hold(context, of_carol.id, "root")


def test_holds_are_facts_that_name_nobody(context: Context) -> None:
    made = holds.set_hold(context, "root", "claim 9", customer_id=CAROL)
    holds.lift_hold(context, made.id, "mona")
    facts = read(context.store, lambda uow: uow.events.newest_of([EventKind.HOLD_SET, EventKind.HOLD_LIFTED], 9))
    assert [(fact.kind, fact.actor, fact.data["hold_id"]) for fact in facts] == [
        (EventKind.HOLD_LIFTED, "mona", made.id),
        (EventKind.HOLD_SET, "root", made.id),
    ]
    assert CAROL not in repr(facts)
    with pytest.raises(NotFound):
        holds.set_hold(context, "root", "claim", conversation_id="nobody")


def test_what_ticks_were_made_from_stays_while_a_held_customer_waited(context: Context, clock: FrozenClock) -> None:
    live(context)
    [kept, *_] = read(context.store, lambda uow: uow.ticks.kept(None, None))
    hold = holds.set_hold(context, "root", "claim 9", customer_id=CAROL)
    clock.advance(3 * DAY)

    def forget(uow: object) -> int:
        return retention.forget_snapshots(uow, TERMS, clock.now())  # type: ignore[arg-type]

    assert committed(context.store, forget) == 0
    assert read(context.store, lambda uow: uow.ticks.snapshot(kept)) is not None
    holds.lift_hold(context, hold.id, "root")
    assert committed(context.store, forget) >= 1


def test_batches_are_small_and_told(context: Context, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    for number in range(5):
        ended(context, f"c-{number}")
    clock.advance(31 * DAY)
    batches = []
    while purged := retention.purge_some(context, "one"):
        batches.append(purged)
    assert batches == [2, 2, 1]
    facts = read(context.store, lambda uow: uow.events.newest_of([EventKind.RETENTION_PASSED], 9))
    assert [fact.data["conversations"] for fact in facts] == [1, 2, 2]
    assert facts[0].data["counts"] == {"messages": 1} and facts[0].data["kept"] == "words"


def test_the_service_s_own_loop_purges(context: Context, clock: FrozenClock, tmp_path: Path) -> None:
    ended(context, "c-1")
    clock.advance(31 * DAY)
    purging = Purging(context, Settings(data_dir=tmp_path), "one")
    assert purging.step() and said(context, "c-1") == []
    assert not purging.step() and purging.everything() == (0, 0)


def test_of_two_processes_one_purges(context: Context, clock: FrozenClock) -> None:
    ended(context, "c-1")
    clock.advance(31 * DAY)
    committed(context.store, lambda uow: uow.leases.acquire(retention.LEASE, "other", clock.now(), timedelta(60)))
    assert purge(context) == 0 and said(context, "c-1")


def test_who_writes_between_the_look_and_the_purge_keeps_their_words(
    context: Context, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(context, "c-1")
    clock.advance(31 * DAY)
    purge_batch = retention._purge_batch

    def after_a_message(*given: object) -> int:
        intake.receive(context, intake.IncomingMessage("late", "chat", "wait!", "uk", conversation_id="c-1"))
        return purge_batch(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(retention, "_purge_batch", after_a_message)
    assert retention.purge_some(context, "one") == 0
    assert said(context, "c-1") == ["hello", "wait!"]


def test_the_notices_of_an_erasure_leave_the_history_once_everybody_has_heard(
    context: Context, clock: FrozenClock
) -> None:
    live(context)
    erasure.erase(context, reach(), Request(CAROL, "root", "case 1"))
    assert "talk-1" in everything(context)
    clock.advance(14 * DAY + 1)
    purge(context)
    assert "talk-1" not in everything(context) and audit.verify(context.store, []).whole


def test_overdue_counts_every_deadline(context: Context, clock: FrozenClock) -> None:
    ended(context, "c-1")
    assert clock.at == NOON
    clock.advance(31 * DAY)
    told = {(each.kept, each.market): (each.days, each.conversations) for each in retention.overdue(context)}
    assert told[Kept.WORDS, "uk"] == (30, 1) and told[Kept.RECORDS, "uk"] == (90, 0)
    assert told[Kept.WORDS, "ie"] == (5, 0) and told[Kept.WORDS, None] == (30, 0)
