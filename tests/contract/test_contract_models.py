"""The registry of models, what shadows answered and checks for drift, in every store."""

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import NOON, make_conversation, make_event, make_model, make_triage
from seeds import committed, put_conversations, read

from routing.domain.drift import Cloud, DriftCheck, DriftReference, Measure, Measured, histogram
from routing.domain.errors import NotFound, StaleState
from routing.domain.events import EventKind
from routing.domain.issue import Decision
from routing.domain.model import Model, ModelId, ModelState, StoredFile
from routing.domain.shadow import SKIPPED, ShadowTriage
from routing.ports import Store

LATER = NOON + timedelta(hours=1)
REFERENCE = DriftReference(histogram([0.1, 0.5, 0.9]), histogram([0.2]), 40, 11, Cloud(12, (0.25, -0.5), 1.5, 3.25))
WHOLE = make_model(
    "whole",
    facts={"examples": 10, "held_out": {"accuracy": 0.93}},
    thresholds={"threshold": None, "note": "everything is reviewed"},
    reports=(StoredFile("whole.report.html", "ab" * 32),),
    reference=REFERENCE,
    assessment={"passed": False, "reasons": ["fraud: 3 right before"]},
    previous=ModelId("before"),
)


def put(store: Store, *models: Model) -> None:
    for model in models:
        committed(store, lambda uow, added=model: uow.models.add(added))


def shadow_triage(number: int, model: str = "s", **changes: object) -> ShadowTriage:
    made = ShadowTriage(
        conversation_id=f"c-{number}",
        at=NOON + timedelta(minutes=number),
        model=ModelId(model),
        live_model="live",
        live_issue_type="card_lost",
        live_decision=Decision.AUTO,
        live_confidence=0.9,
        issue_type="card_late",
        decision=Decision.REVIEW,
        confidence=0.5,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("model", [make_model(), WHOLE])
def test_a_model_is_read_as_it_was_put(store: Store, model: Model) -> None:
    put(store, model)
    assert read(store, lambda uow: uow.models.get(model.id)) == model
    assert read(store, lambda uow: uow.models.find(model.id)) == model


def test_a_model_that_nobody_registered_is_not_found(store: Store) -> None:
    assert read(store, lambda uow: uow.models.find(ModelId("nobody"))) is None
    with pytest.raises(NotFound, match="no model has the id 'nobody'"):
        read(store, lambda uow: uow.models.get(ModelId("nobody")))


def test_a_version_is_registered_once(store: Store) -> None:
    put(store, make_model("m1"))
    with pytest.raises(StaleState):
        put(store, make_model("m1"))


def test_models_are_listed_newest_first_and_by_state(store: Store) -> None:
    put(store, make_model("a"), make_model("b", registered_at=LATER, state=ModelState.RETIRED), make_model("c"))
    assert [model.id for model in read(store, lambda uow: uow.models.all())] == ["b", "a", "c"]
    assert [model.id for model in read(store, lambda uow: uow.models.in_state(ModelState.RETIRED))] == ["b"]
    assert read(store, lambda uow: uow.models.id_in(ModelState.LIVE)) is None


@pytest.mark.parametrize("state", [ModelState.LIVE, ModelState.SHADOW])
def test_a_second_live_model_or_shadow_is_refused_whether_added_or_saved(store: Store, state: ModelState) -> None:
    put(store, make_model("one", state=state), make_model("two"))
    with pytest.raises(StaleState):
        put(store, make_model("three", state=state))
    with pytest.raises(StaleState):
        committed(store, lambda uow: uow.models.save(replace(uow.models.get(ModelId("two")), state=state)))
    assert read(store, lambda uow: uow.models.id_in(state)) == "one"


def test_one_transaction_hands_over_from_one_live_model_to_the_next(store: Store) -> None:
    put(store, make_model("one", state=ModelState.LIVE), make_model("two"))
    with store.transaction() as uow:
        uow.models.save(uow.models.get(ModelId("one")).retire(LATER, "mona"))
        uow.models.save(uow.models.get(ModelId("two")).promote(ModelId("one"), LATER, "mona"))
        uow.commit()
    assert read(store, lambda uow: uow.models.id_in(ModelState.LIVE)) == "two"
    two = read(store, lambda uow: uow.models.get(ModelId("two")))
    assert (two.previous, two.changed_by, two.changed_at, two.version) == ("one", "mona", LATER, 1)


def test_a_refused_second_live_model_leaves_the_rest_of_the_transaction_alone(store: Store) -> None:
    put(store, make_model("one", state=ModelState.LIVE))
    with store.transaction() as uow:
        with pytest.raises(StaleState):
            uow.models.add(make_model("two", state=ModelState.LIVE))
        uow.models.add(make_model("three"))
        uow.commit()
    assert {model.id for model in read(store, lambda uow: uow.models.all())} == {"one", "three"}


def test_a_model_that_changed_since_it_was_read_is_not_saved_over(store: Store) -> None:
    put(store, make_model("one"))
    seen = read(store, lambda uow: uow.models.get(ModelId("one")))
    committed(store, lambda uow: uow.models.save(seen.shadow(LATER, "mona")))
    with pytest.raises(StaleState):
        committed(store, lambda uow: uow.models.save(seen.promote(None, LATER, "mick")))


def test_what_a_shadow_answered_is_listed_newest_first_and_for_one_model(store: Store) -> None:
    failed = shadow_triage(3, issue_type=None, decision=None, confidence=None, failure=SKIPPED)
    committed(store, lambda uow: uow.shadow_triages.add_all([shadow_triage(1), shadow_triage(2, model="other")]))
    committed(store, lambda uow: uow.shadow_triages.add_all([failed]))
    committed(store, lambda uow: uow.shadow_triages.add_all([]))
    assert read(store, lambda uow: uow.shadow_triages.newest(ModelId("s"), 10)) == [failed, shadow_triage(1)]
    assert read(store, lambda uow: uow.shadow_triages.newest(ModelId("s"), 1)) == [failed]


def test_what_a_shadow_answered_long_ago_is_forgotten(store: Store) -> None:
    committed(store, lambda uow: uow.shadow_triages.add_all([shadow_triage(number) for number in range(4)]))
    before = NOON + timedelta(minutes=2)
    assert committed(store, lambda uow: uow.shadow_triages.forget_before(before)) == 2
    committed(store, lambda uow: uow.shadow_triages.add_all([shadow_triage(9)]))
    kept = read(store, lambda uow: uow.shadow_triages.newest(ModelId("s"), 10))
    assert [row.conversation_id for row in kept] == ["c-9", "c-3", "c-2"]


def test_checks_for_drift_are_kept_newest_first_and_forgotten_in_time(store: Store) -> None:
    measured = Measure(Measured.NOVELTY, 0.4, 0.25, 300, True, "stability index 0.400")
    unmeasured = Measure(Measured.OVERRIDES, None, None, 3, False, "too few")
    checks = [DriftCheck("m1", NOON + timedelta(hours=hour), (measured, unmeasured)) for hour in range(3)]
    for check in checks:
        committed(store, lambda uow, c=check: uow.drift_checks.add(c))
    assert read(store, lambda uow: uow.drift_checks.newest(2)) == [checks[2], checks[1]]
    assert committed(store, lambda uow: uow.drift_checks.forget_before(LATER)) == 1
    assert read(store, lambda uow: uow.drift_checks.newest(9)) == [checks[2], checks[1]]


def test_the_triages_of_one_model_are_found_newest_first(store: Store) -> None:
    put_conversations(store, *(make_conversation(f"c-{number}") for number in range(4)))
    given = [("m1", NOON), ("m2", LATER), ("m1", LATER), ("m1", LATER)]
    for number, (model, at) in enumerate(given):
        triage = make_triage(model_version=model, at=at)
        committed(store, lambda uow, id=f"c-{number}", t=triage: uow.triages.add(id, t))
    found = read(store, lambda uow: uow.triages.newest_by("m1", LATER, 10))
    assert [id for id, _ in found] == ["c-3", "c-2"]
    assert [id for id, _ in read(store, lambda uow: uow.triages.newest_by("m1", NOON, 1))] == ["c-3"]


def test_the_newest_facts_of_some_kinds_are_found(store: Store) -> None:
    for kind in (EventKind.MODEL_SWAPPED, EventKind.OFFER_MADE, EventKind.MODEL_ROLLED_BACK, EventKind.MODEL_SWAPPED):
        committed(store, lambda uow, k=kind: uow.events.append(make_event(k)))
    kinds = (EventKind.MODEL_SWAPPED, EventKind.MODEL_ROLLED_BACK)
    found = read(store, lambda uow: uow.events.newest_of(kinds, 2))
    assert [event.seq for event in found] == [4, 3]
