"""The life of a model over a store: adopted, registered, promoted through the gate or past it, rolled back."""

import pytest
from builders import FixedPacks, make_context, make_conversation, make_model, make_pack
from doubles import ScriptedModel, ScriptedModelFiles
from seeds import put_conversations, put_labels, read, told

from routing.domain.errors import IllegalTransition, NotFound, Refused, StaleState, Unavailable
from routing.domain.events import EventKind
from routing.domain.model import ModelId, ModelState, Pointer
from routing.ports import Store
from routing.services import models
from routing.services.adoption import adopt
from routing.services.context import Context
from routing.services.held_out import is_held_out
from routing.services.models import Authority

MONA = Authority("mona")
TEXTS = [f"somebody took card number {number}" for number in range(20)]


@pytest.fixture
def context(store: Store) -> Context:
    held_out = tuple((text, "card_lost") for text in TEXTS)
    return make_context(store, packs=FixedPacks(make_pack(held_out_examples=held_out)))


@pytest.fixture
def files() -> ScriptedModelFiles:
    """`old` and `good` are right on everything, `bad` on half; `gone` does not load."""
    right = ScriptedModel(dict.fromkeys(TEXTS, "card_lost"))
    return ScriptedModelFiles(
        {"old": right, "good": right, "bad": ScriptedModel(dict.fromkeys(TEXTS[:10], "card_lost"))}
    )


def registered(context: Context, files: ScriptedModelFiles, *versions: str) -> None:
    for version in versions:
        models.register(context, files, version, "trainer")


def states(store: Store) -> dict[str, ModelState]:
    return {model.id: model.state for model in read(store, lambda uow: uow.models.all())}


def test_a_trained_model_waits_as_a_candidate_with_what_its_folder_says(
    context: Context, files: ScriptedModelFiles, store: Store
):
    registered(context, files, "good")
    model = read(store, lambda uow: uow.models.get(ModelId("good")))
    assert (model.state, model.digest, model.facts, model.thresholds) == (
        ModelState.CANDIDATE,
        "digest of good",
        {"examples": 7},
        {"threshold": 0.5},
    )
    assert [event.data["version"] for event in told(store, EventKind.MODEL_REGISTERED)] == ["good"]


def test_registering_again_keeps_the_state(context: Context, files: ScriptedModelFiles, store: Store):
    registered(context, files, "good")
    models.promote(context, files, "good", MONA)
    registered(context, files, "good")
    assert states(store) == {"good": ModelState.LIVE}
    assert len(told(store, EventKind.MODEL_REGISTERED)) == 1


def test_a_model_that_does_not_load_is_not_registered(context: Context, files: ScriptedModelFiles, store: Store):
    with pytest.raises(Unavailable, match="gone"):
        registered(context, files, "gone")
    assert states(store) == {}


def test_a_promotion_retires_the_one_before_and_is_told_with_its_reasons(
    context: Context, files: ScriptedModelFiles, store: Store
):
    registered(context, files, "old", "good")
    models.promote(context, files, "old", MONA)
    outcome = models.promote(context, files, "good", Authority("mick", "monthly"))
    assert (outcome.promoted, outcome.previous, outcome.model.previous) == (True, "old", "old")
    assert states(store) == {"good": ModelState.LIVE, "old": ModelState.RETIRED}
    last = told(store, EventKind.MODEL_SWAPPED)[-1]
    assert last.actor == "mick"
    assert last.data["reason"] == "monthly" and last.data["forced"] is False
    assert files.note == Pointer("good", "old", context.clock.now())


def test_the_gate_refuses_a_worse_model_and_says_where(context: Context, files: ScriptedModelFiles, store: Store):
    registered(context, files, "old", "bad")
    models.promote(context, files, "old", MONA)
    outcome = models.promote(context, files, "bad", MONA)
    assert not outcome.promoted
    assert any(reason.startswith("all messages: 20 right before, 10 now") for reason in outcome.assessment.reasons)
    assert states(store) == {"old": ModelState.LIVE, "bad": ModelState.CANDIDATE}
    assert read(store, lambda uow: uow.models.get(ModelId("bad"))).assessment["passed"] is False
    assert files.note.version == "old"


def test_force_lets_it_past_with_a_recorded_reason_by_whom(context: Context, files: ScriptedModelFiles, store: Store):
    registered(context, files, "old", "bad")
    models.promote(context, files, "old", MONA)
    assert models.promote(context, files, "bad", Authority("mona", "new regulation", force=True)).promoted
    last = told(store, EventKind.MODEL_SWAPPED)[-1]
    assert (last.actor, last.data["forced"], last.data["reason"]) == ("mona", True, "new regulation")
    assert any("all messages" in reason for reason in last.data["reasons"])


@pytest.mark.parametrize("reason", [None, "", "  "])
def test_force_without_a_reason_is_refused(reason: str | None):
    with pytest.raises(Refused, match="reason"):
        Authority("mona", reason, force=True)


def test_even_force_does_not_promote_what_does_not_load(context: Context, files: ScriptedModelFiles, store: Store):
    registered(context, files, "old", "good")
    models.promote(context, files, "old", MONA)
    del files.models["good"]
    with pytest.raises(Unavailable, match="good"):
        models.promote(context, files, "good", Authority("mona", "now", force=True))
    assert states(store)["old"] is ModelState.LIVE


def test_the_live_model_is_not_promoted_again(context: Context, files: ScriptedModelFiles, store: Store):
    registered(context, files, "old")
    models.promote(context, files, "old", MONA)
    with pytest.raises(Refused, match="live already"):
        models.promote(context, files, "old", MONA)


def test_a_promotion_is_off_when_another_model_went_live_since_the_gate_looked(
    context: Context, files: ScriptedModelFiles, store: Store
):
    registered(context, files, "old", "good", "bad")
    models.promote(context, files, "old", MONA)
    assessment = models.compare(context, files, "good")
    models.promote(context, files, "bad", Authority("mick", "in between", force=True))
    with pytest.raises(StaleState, match="live model"):
        models.settle(context, files, assessment, MONA)
    assert states(store)["bad"] is ModelState.LIVE


def test_a_rollback_brings_back_the_one_before_in_one_step(context: Context, files: ScriptedModelFiles, store: Store):
    registered(context, files, "old", "good")
    models.promote(context, files, "old", MONA)
    models.promote(context, files, "good", MONA)
    assert models.rollback(context, files, Authority("mick", "complaints")).id == "old"
    assert states(store) == {"old": ModelState.LIVE, "good": ModelState.RETIRED}
    [fact] = told(store, EventKind.MODEL_ROLLED_BACK)
    assert (fact.actor, fact.data) == ("mick", {"version": "old", "previous": "good", "reason": "complaints"})
    assert files.note.version == "old"


def test_a_rollback_twice_goes_further_back_and_a_promotion_starts_anew(
    context: Context, files: ScriptedModelFiles, store: Store
):
    registered(context, files, "old", "good", "bad")
    models.promote(context, files, "bad", MONA)
    models.promote(context, files, "old", MONA)
    models.promote(context, files, "good", MONA)
    models.rollback(context, files, MONA)
    assert models.rollback(context, files, MONA).id == "bad"
    with pytest.raises(Refused, match="no model was live before"):
        models.rollback(context, files, MONA)
    assert models.promote(context, files, "good", MONA).previous == "bad"


def test_a_rollback_sent_twice_for_one_model_goes_back_once(context: Context, files: ScriptedModelFiles, store: Store):
    registered(context, files, "bad", "old", "good")
    for version in ("bad", "old", "good"):
        models.promote(context, files, version, MONA)
    models.rollback(context, files, MONA, leaving="good")
    with pytest.raises(Refused, match="model good is not live; old is"):
        models.rollback(context, files, MONA, leaving="good")


def test_a_rollback_to_a_model_that_does_not_load_leaves_the_live_one(
    context: Context, files: ScriptedModelFiles, store: Store
):
    registered(context, files, "old", "good")
    models.promote(context, files, "old", MONA)
    models.promote(context, files, "good", MONA)
    del files.models["old"]
    with pytest.raises(Unavailable, match="old"):
        models.rollback(context, files, MONA)
    assert states(store)["good"] is ModelState.LIVE


def test_without_a_live_model_there_is_nothing_to_roll_back(context: Context, files: ScriptedModelFiles):
    with pytest.raises(Refused):
        models.rollback(context, files, MONA)


def test_a_version_is_found_by_its_first_digits_when_only_one_has_them(context: Context, files: ScriptedModelFiles):
    files.models["good2"] = files.models["good"]
    registered(context, files, "old", "good", "good2")
    assert models.found(context, "ol").id == "old"
    assert models.found(context, "good").id == "good"
    with pytest.raises(NotFound):
        models.found(context, "goo")


def test_labels_are_judged_in_the_slices_of_their_conversations(store: Store):
    texts = [text for text in (f"my card {number} is lost" for number in range(400)) if is_held_out(text)][:12]
    put_conversations(store, make_conversation("c-fr", market="fr", language="fr"))
    put_labels(store, *((text, "card_lost") for text in texts), conversation_id="c-fr")
    context = make_context(store)
    files = ScriptedModelFiles({"old": ScriptedModel(dict.fromkeys(texts, "card_lost")), "bad": ScriptedModel({})})
    registered(context, files, "old", "bad")
    models.promote(context, files, "old", MONA)
    worse = {found.name for found in models.compare(context, files, "bad").slices if found.worse}
    assert {"market fr", "language fr", "family cards"} <= worse


def test_the_history_of_a_model_tells_what_became_of_it(context: Context, files: ScriptedModelFiles):
    registered(context, files, "old", "good")
    models.promote(context, files, "old", MONA)
    models.promote(context, files, "good", MONA)
    models.rollback(context, files, MONA)
    kinds = [event.kind for event in models.history(context, "good")]
    assert kinds == [EventKind.MODEL_ROLLED_BACK, EventKind.MODEL_SWAPPED, EventKind.MODEL_REGISTERED]


def test_files_that_changed_since_they_were_registered_are_named(context: Context, files: ScriptedModelFiles):
    registered(context, files, "old")
    model = models.found(context, "old")
    assert models.changed_files(files, model) == ()
    assert models.changed_files(files, make_model("old")) == ()
    assert models.changed_files(files, make_model("old", digest="another")) == ("manifest.json",)
    del files.models["old"]
    assert "old" in models.changed_files(files, model)[0]


def test_an_installation_with_only_folders_is_adopted_once(context: Context, files: ScriptedModelFiles, store: Store):
    files.note = Pointer("good", "old")
    assert adopt(context, files) == 3
    assert states(store) == {"good": ModelState.LIVE, "old": ModelState.RETIRED, "bad": ModelState.RETIRED}
    files.note = Pointer("old", None)
    assert adopt(context, files) == 0
    assert models.rollback(context, files, MONA).id == "old"


def test_without_a_note_nothing_is_adopted(context: Context, files: ScriptedModelFiles, store: Store):
    assert adopt(context, files) == 0
    assert states(store) == {}


def test_a_live_model_that_is_damaged_is_adopted_as_what_it_was(
    context: Context, files: ScriptedModelFiles, store: Store
):
    files.note = Pointer("gone", None)
    adopt(context, files)
    assert states(store)["gone"] is ModelState.LIVE


def test_a_step_that_a_state_does_not_allow_is_refused():
    with pytest.raises(IllegalTransition, match="model m1 is live"):
        make_model(state=ModelState.LIVE).shadow(make_model().changed_at, "mona")
