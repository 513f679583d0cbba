"""Contract: whoever was erased is erased again where the database came back from a time before it."""

from dataclasses import replace
from pathlib import Path

import pytest
from builders import FrozenClock, make_context
from customer_life import CAROL, DAVE, Pseudonymous, Shelf, erased, everything, handled, live, reach, written
from seeds import read

from routing.adapters.erasure.recorded import ErasureRecordFile
from routing.domain.erasure import Erasure, Pseudonym, RecordedErasure
from routing.domain.errors import Invalid, Unavailable
from routing.ports import Store
from routing.services import audit, erasure, holds
from routing.services.context import Context
from routing.services.erasing_again import ask_again, unknown
from routing.services.erasure import Reach, Request, erase


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


@pytest.fixture
def context(store: Store, clock: FrozenClock) -> Context:
    """Carol's and Dave's lives, as a back-up has them."""
    lived = make_context(store, clock=clock)
    live(lived)
    live(lived, DAVE, "talk-2", "unsure card_lost the violet bicycle squeaks")
    return lived


@pytest.fixture
def outside(tmp_path: Path, clock: FrozenClock) -> Reach:
    """What outlived the database: Carol was erased an hour after the back-up, and so was somebody it never knew."""
    records = ErasureRecordFile(tmp_path / "far" / "erasures.jsonl")
    clock.advance(3600)
    for number, customer in enumerate((CAROL, "cust-later")):
        records.add(RecordedErasure(f"erasure-{number}", Pseudonymous().of(customer), clock.now()))
    clock.advance(3600)
    return replace(reach(), records=records)


def again(context: Context, outside: Reach, **given: bool) -> tuple[list[tuple[str, int]], dict[str, str]]:
    found = ask_again(context, outside, "root", **given)
    return [(each.id, each.counts.get("conversations", 0)) for each in found.done], dict(found.refused)


def test_who_was_erased_since_the_back_up_is_erased_again_under_the_same_id(context: Context, outside: Reach) -> None:
    assert outside.records is not None
    before = outside.records.all()
    assert unknown(context.store, outside.records) == before and CAROL in everything(context)

    assert again(context, outside) == ([("erasure-0", 1), ("erasure-1", 0)], {})

    left = everything(context)
    assert CAROL not in left and "marmalade" not in left and DAVE in left
    assert unknown(context.store, outside.records) == [] and again(context, outside) == ([], {})
    receipt = erasure.receipt(context, "erasure-0")
    assert receipt.recorded == before[0] and erasure.is_as_sealed(context, receipt)
    assert outside.records.all() == before and audit.verify(context.store, []).whole


def test_what_they_wrote_since_is_a_new_customer_s_and_stays(context: Context, outside: Reach) -> None:
    written(context, id="talk-9", words="good morning")
    assert again(context, outside)[0] == [("erasure-0", 1), ("erasure-1", 0)]
    assert [each.id for each in read(context.store, lambda uow: uow.belongings.of_customer(CAROL))] == ["talk-9"]


def test_broken_off_it_goes_on_at_the_next_call(
    context: Context, outside: Reach, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dying(*_: object) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(erasure, "_erase_some", dying)
        with pytest.raises(KeyboardInterrupt):
            ask_again(context, outside, "root")
    assert CAROL in everything(context)
    assert again(context, outside) == ([("erasure-0", 1), ("erasure-1", 0)], {})
    assert CAROL not in everything(context)


def test_a_hold_or_open_work_stands_against_it_alone_and_only_for_now(context: Context, outside: Reach) -> None:
    held = holds.set_hold(context, "mona", "claim 9", customer_id=CAROL)
    done, refused = again(context, outside)
    assert done == [("erasure-1", 0)] and "claim 9" in refused["erasure-0"] and CAROL in everything(context)
    holds.lift_hold(context, held.id, "mona")
    assert again(context, outside) == ([("erasure-0", 1)], {})


def test_another_key_is_told_and_nothing_is_taken_for_erased(context: Context, outside: Reach) -> None:
    class Other:
        def of(self, customer_id: str) -> Pseudonym:
            return replace(Pseudonymous().of(customer_id + "salted"), key_id="other-key")

    done, refused = again(context, replace(outside, pseudonyms=Other()))
    assert done == [] and set(refused) == {"erasure-0", "erasure-1"}
    assert all("test-key" in why and "other-key" in why for why in refused.values())


def test_old_messages_that_came_back_later_are_erased_when_everyone_is_asked(
    context: Context, outside: Reach, clock: FrozenClock
) -> None:
    """The broker's offsets were set back after the restoration."""
    ask_again(context, outside, "root")
    clock.advance(-5400)
    written(context, id="talk-5", words="unsure card_lost the marmalade again")
    handled(context, CAROL, "talk-5")
    clock.advance(5400)
    assert again(context, outside) == ([], {}) and CAROL in everything(context)

    [(_, erased_now)], refused = again(context, outside, everyone=True)
    assert (erased_now, refused) == (1, {}) and CAROL not in everything(context)
    assert again(context, outside, everyone=True) == ([], {})


def test_receipts_from_before_there_was_a_record_are_written_to_it(context: Context, tmp_path: Path) -> None:
    done: Erasure = erased(context)
    records = ErasureRecordFile(tmp_path / "erasures.jsonl")
    ask_again(context, replace(reach(), records=records), "root")
    assert records.all() == [done.recorded]
    kept = records.path.read_text()
    assert CAROL not in kept and "talk-1" not in kept and "case" not in kept


def test_an_erasure_is_recorded_before_anything_goes(context: Context, tmp_path: Path) -> None:
    shelf = Shelf(CAROL)
    shelf.away = True
    records = ErasureRecordFile(tmp_path / "erasures.jsonl")
    with pytest.raises(Unavailable):
        erase(context, replace(reach(shelf), records=records), Request(CAROL, "root", "case 7"))
    assert len(records.all()) == 1 and CAROL in everything(context)

    (tmp_path / "blocked").write_text("no folder")
    blocked = ErasureRecordFile(tmp_path / "blocked" / "erasures.jsonl")
    with pytest.raises(Unavailable, match="record of erasures"):
        erase(context, replace(reach(), records=blocked), Request(DAVE, "root", "case 8"))
    assert DAVE in everything(context)


def test_a_line_that_records_nothing_is_named_and_a_torn_one_passed_over(tmp_path: Path) -> None:
    records = ErasureRecordFile(tmp_path / "erasures.jsonl")
    records.path.write_text('{"id": "e-1", "cust')
    assert records.all() == []
    records.path.write_text('{"id": "e-1"}\n')
    with pytest.raises(Invalid, match="line 1"):
        records.all()
