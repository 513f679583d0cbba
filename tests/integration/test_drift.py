"""Looking for drift: what is measured, how often, and when an alarm is told."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from builders import FixedPacks, make_context, make_conversation, make_message, make_model, make_pack, make_review
from builders import make_triage as triage_of
from doubles import ScriptedModel, cloud
from seeds import committed, read, told

from routing.adapters.memory import MemoryStore
from routing.domain.drift import Cloud, DriftReference, Measure, Measured
from routing.domain.events import EventKind
from routing.domain.model import ModelState
from routing.domain.review import ReviewState, Verdict
from routing.services import drift
from routing.services.context import Context

HELD_OUT = tuple((f"where is my card {number:03d} {'x' * (number % 20)}", "card_late") for number in range(150))


class Live:
    """ports.Embedder of the live model."""

    version = "live"

    def __init__(self) -> None:
        self.read: list[Sequence[str]] = []

    def cloud(self, texts: Sequence[str]) -> Cloud | None:
        self.read.append(texts)
        return cloud(texts)

    def reference(self, texts: Sequence[str]) -> DriftReference:
        return ScriptedModel({}).reference(texts)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def context(store: MemoryStore) -> Context:
    made = make_context(store, packs=FixedPacks(make_pack(held_out_examples=HELD_OUT)))
    committed(store, lambda uow: uow.models.add(make_model("live", state=ModelState.LIVE)))
    return made


def traffic(context: Context, count: int, text: str = "where is my card", **changes: Any) -> None:
    """Triaged conversations; novelty and confidence spread over 0 to 1 like the reference, unless told."""
    now = context.clock.now()
    with context.store.transaction() as uow:
        for number in range(count):
            id, share = f"{text}-{number}", (number + 0.5) / count
            uow.conversations.add(make_conversation(id, received_at=now))
            body = f"{text} {number:03d} {'x' * (number % 20)}"
            uow.conversations.add_message(make_message(f"m-{id}", id, text=body, at=now))
            answer = {"novelty": share, "confidence": share, "model_version": "live", "at": now, **changes}
            uow.triages.add(id, triage_of(**answer))
        uow.commit()


def verdicts(context: Context, count: int, overruled: int, **changes: Any) -> None:
    now = context.clock.now()
    with context.store.transaction() as uow:
        for number in range(count):
            said = "card_late" if number < overruled else "card_lost"
            state = {"state": ReviewState.DECIDED, "verdict": Verdict(said, "mona", now), "guess": "card_lost"}
            item = make_review(f"r-{number}", f"c-{number}", **{**state, "model_version": "live", **changes})
            uow.reviews.add(item)
        uow.commit()


def measured(context: Context, live: Live | None = None) -> dict[Measured, Measure]:
    check = drift.check(context, live or Live())
    assert check is not None
    return {measure.name: measure for measure in check.measures}


def test_traffic_like_the_held_out_messages_raises_no_alarm(context: Context):
    traffic(context, 300)
    verdicts(context, 100, 33)
    found = measured(context)
    assert set(found) == set(Measured)
    assert all(measure.value is not None and not measure.alarm for measure in found.values())


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"novelty": 0.97}, Measured.NOVELTY),
        ({"confidence": 0.2}, Measured.CONFIDENCE),
        ({"text": "a much longer text about something else entirely than what was held out"}, Measured.INPUTS),
    ],
)
def test_what_moved_alone_raises_its_alarm(context: Context, changes: dict[str, Any], name: Measured):
    traffic(context, 300, **changes)
    assert [found for found, measure in measured(context).items() if measure.alarm] == [name]


def test_people_who_overrule_more_than_expected_raise_one(context: Context):
    verdicts(context, 100, 60)
    found = measured(context)[Measured.OVERRIDES]
    assert (found.value, found.alarm) == (0.6, True)


@pytest.mark.parametrize("changes", [{"blind": True}, {"model_version": "before"}, {"guess": None}])
def test_verdicts_that_the_live_model_did_not_ask_for_do_not_count(context: Context, changes: dict[str, Any]):
    verdicts(context, 100, 60, **changes)
    assert measured(context)[Measured.OVERRIDES].rows == 0


def test_only_the_window_counts(context: Context):
    traffic(context, 300, novelty=0.97)
    verdicts(context, 100, 60)
    context.clock.advance(25 * 3600)  # type: ignore[attr-defined]
    assert all(measure.rows == 0 and not measure.alarm for measure in measured(context).values())


def test_of_much_traffic_a_part_spread_over_the_window_is_read(context: Context):
    live = Live()
    traffic(context, 1_000)
    measured(context, live)
    assert 200 <= len(live.read[-1]) <= drift.MOST_TEXTS


def test_an_alarm_is_told_when_it_begins_and_not_again_while_it_lasts(context: Context, store: MemoryStore):
    traffic(context, 300, novelty=0.97)
    for _ in range(3):
        drift.check(context, Live())
    assert [event.data["measure"] for event in told(store, EventKind.MODEL_DRIFTED)] == ["novelty"]
    assert len(read(store, lambda uow: uow.drift_checks.newest(9))) == 3


def test_a_model_is_checked_every_ten_minutes_by_whichever_process(context: Context):
    assert drift.check_if_due(context, Live()) is not None
    context.clock.advance(9 * 60)  # type: ignore[attr-defined]
    assert drift.check_if_due(context, Live()) is None
    context.clock.advance(60)  # type: ignore[attr-defined]
    assert drift.check_if_due(context, Live()) is not None


def test_a_reference_that_is_missing_is_measured_once_and_kept(context: Context, store: MemoryStore):
    drift.check(context, Live())
    kept = read(store, lambda uow: uow.models.get("live")).reference
    assert kept is not None and kept.inputs is not None and kept.inputs.rows == len(HELD_OUT)
    drift.check(context, Live())
    assert read(store, lambda uow: uow.models.get("live")).version == 1


def test_without_a_live_model_or_while_another_is_being_loaded_nothing_is_measured(context: Context):
    late = Live()
    late.version = "the one before"
    assert drift.check(context, late) is None
    assert drift.check(make_context(MemoryStore()), Live()) is None


def test_the_period_is_shorter_than_the_window():
    assert timedelta(hours=drift.RULES.window_hours) > drift.PERIOD
