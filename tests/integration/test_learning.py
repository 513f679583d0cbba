"""Verdicts teach: what a retraining shows the model, what it keeps back to judge by, and when it swaps."""

from collections.abc import Sequence

import pytest
from builders import (
    FixedPacks,
    make_context,
    make_conversation,
    make_message,
    make_model,
    make_pack,
    make_review,
)
from doubles import ScriptedModel, ScriptedModelFiles
from seeds import committed, put_conversations, put_labels, read, told

from routing.domain.events import EventKind
from routing.domain.model import ModelState
from routing.domain.review import ReviewId
from routing.ports import Store
from routing.services import review
from routing.services.context import Context
from routing.services.held_out import is_held_out
from routing.services.learning import retrain
from routing.services.models import live_id

TAUGHT = (("my card is gone", "card_lost"), ("where is my card", "card_late"))
JUDGED = (("somebody took my card", "card_lost"), ("still no card in the post", "card_late"))


LOST = tuple((f"somebody took card number {number}", "card_lost") for number in range(12))


def files(*known: str, old: tuple[str, ...] | None = None) -> ScriptedModelFiles:
    """A next model that is right on `known` of LOST, and a model `old` that is right on the texts given."""
    models = {"new": ScriptedModel(dict.fromkeys(known, "card_lost"))}
    if old is not None:
        models["old"] = ScriptedModel(dict.fromkeys(old, "card_lost"))
    return ScriptedModelFiles(models)


@pytest.fixture
def context(store: Store) -> Context:
    pack = make_pack(training_examples=TAUGHT, held_out_examples=JUDGED, outside_calibration=("hello",))
    return make_context(store, packs=FixedPacks(pack))


@pytest.fixture
def context_with_losses(store: Store) -> Context:
    return make_context(store, packs=FixedPacks(make_pack(training_examples=TAUGHT, held_out_examples=LOST)))


def put_live(store: Store, version: str) -> None:
    committed(store, lambda uow: uow.models.add(make_model(version, state=ModelState.LIVE)))


def swaps(store: Store) -> list[str]:
    return [str(event.data["version"]) for event in told(store, EventKind.MODEL_SWAPPED)]


def plain(texts: Sequence[str], held_out: bool) -> list[str]:
    return [text for text in texts if is_held_out(text) is held_out]


def test_the_first_model_goes_live_whatever_it_is_worth(context: Context, store: Store):
    outcome = retrain(context, files())
    assert (live_id(context), outcome.swapped, outcome.accuracy_before) == ("new", True, None)
    assert swaps(store) == ["new"]


@pytest.mark.parametrize(("known", "swapped"), [(7, False), (8, True), (12, True)])
def test_a_model_is_swapped_in_when_it_is_no_worse_beyond_chance_on_the_same_held_out_messages(
    context_with_losses: Context, store: Store, known: int, swapped: bool
):
    texts = [text for text, _ in LOST]
    made = files(*texts[:known], old=tuple(texts))
    put_live(store, "old")
    outcome = retrain(context_with_losses, made)
    assert outcome.swapped is swapped
    assert (outcome.accuracy, outcome.accuracy_before) == (known / 12, 1.0)
    assert live_id(context_with_losses) == ("new" if swapped else "old")
    assert swaps(store) == (["new"] if swapped else [])
    assert made.models["new"].asked[-1] == made.models["old"].asked[-1] == texts


def test_what_the_gate_refused_waits_as_a_candidate_with_the_reasons(context_with_losses: Context, store: Store):
    put_live(store, "old")
    outcome = retrain(context_with_losses, files(old=tuple(text for text, _ in LOST)))
    model = read(store, lambda uow: uow.models.get("new"))
    assert model.state is ModelState.CANDIDATE
    assert outcome.reasons[0].startswith("all messages: 12 right before, 0 now, of 12")
    assert tuple(model.assessment["reasons"]) == outcome.reasons


def test_a_model_before_that_does_not_load_is_replaced(context: Context, store: Store):
    put_live(store, "damaged")
    outcome = retrain(context, files())
    assert (live_id(context), outcome.swapped, outcome.accuracy_before) == ("new", True, None)
    assert swaps(store) == ["new"]


def test_nothing_is_swapped_where_nothing_is_held_out_to_judge_by(store: Store):
    context = make_context(store, packs=FixedPacks(make_pack(training_examples=TAUGHT)))
    put_live(store, "old")
    assert not retrain(context, files(old=())).swapped
    assert live_id(context) == "old"


def test_the_same_model_again_is_no_swap(context: Context, store: Store):
    put_live(store, "new")
    outcome = retrain(context, files())
    assert (outcome.swapped, outcome.version, outcome.previous) == (False, "new", "new")
    assert swaps(store) == []


def test_labels_are_taught_except_a_tenth_that_judges(context: Context, store: Store):
    texts = [f"the machine kept my card again {number}" for number in range(60)]
    put_labels(store, *((text, "card_lost") for text in texts))
    models = files()
    outcome = retrain(context, models)
    taught = [text for text, _ in models.lessons[0].examples]
    judged = models.models["new"].asked[-1]
    assert set(taught) == {text for text, _ in TAUGHT} | set(plain(texts, held_out=False))
    assert set(judged) == {text for text, _ in JUDGED} | set(plain(texts, held_out=True))
    assert plain(texts, held_out=True), "sixty messages with none held out would test nothing"
    assert outcome.labels == 60


def test_the_gate_learns_from_which_market_and_language_a_verdict_came(context: Context, store: Store):
    put_conversations(store, make_conversation("c-1", market="ie", language="en"))
    put_labels(store, ("swallowed by the machine", "card_lost"))
    models = files()
    retrain(context, models)
    lesson = models.lessons[0]
    at = [text for text, _ in lesson.examples].index("swallowed by the machine")
    assert {dimension: values[at] for dimension, values in lesson.slices.items()} == {"market": "ie", "language": "en"}
    assert {values[0] for values in lesson.slices.values()} == {""}, (
        "the pack's messages come from nowhere in particular"
    )


def test_without_verdicts_the_gate_is_told_of_no_market_or_language(context: Context, store: Store):
    models = files()
    retrain(context, models)
    assert models.lessons[0].slices == {}


def test_what_the_pack_holds_out_is_never_taught_even_when_a_customer_writes_it(context: Context, store: Store):
    put_labels(store, ("Somebody took MY card", "card_lost"))
    models = files()
    retrain(context, models)
    assert models.lessons[0].examples == TAUGHT


def test_of_several_verdicts_on_the_same_words_the_last_one_is_taught_and_counted_once(context: Context, store: Store):
    put_labels(store, ("Swallowed whole", "card_late"), ("gone", "card_lost"), ("swallowed  WHOLE", "card_lost"))
    models = files()
    outcome = retrain(context, models)
    taught = dict(models.lessons[0].examples)
    assert taught["swallowed  WHOLE"] == "card_lost" and "Swallowed whole" not in taught
    assert outcome.labels == 2


def test_a_message_whose_last_verdict_is_outside_teaches_no_issue_type_any_more(context: Context, store: Store):
    put_labels(store, ("swallowed whole", "card_late"), ("swallowed whole", None))
    models = files()
    retrain(context, models)
    assert models.lessons[0].examples == TAUGHT
    assert models.lessons[0].outside == ("hello", "swallowed whole")


def test_a_verdict_of_outside_teaches_novelty_and_a_retired_type_teaches_nothing(context: Context, store: Store):
    put_labels(store, ("what is the weather like", None), ("my cheque book", "cheques"))
    models = files()
    retrain(context, models)
    assert models.lessons[0].examples == TAUGHT
    assert models.lessons[0].outside == ("hello", "what is the weather like")


def test_without_feedback_labels_are_left_out(context: Context, store: Store):
    put_labels(store, *((f"swallowed by the machine {number}", "card_lost") for number in range(20)))
    models = files()
    outcome = retrain(context, models, feedback=False)
    assert models.lessons[0].examples == TAUGHT
    assert outcome.labels == 0


def test_a_verdict_that_was_taken_back_teaches_nothing(context: Context, store: Store):
    put_conversations(store, make_conversation())
    committed(store, lambda uow: uow.conversations.add_message(make_message(text="swallowed whole")))
    committed(store, lambda uow: uow.reviews.add(make_review()))
    review.give_verdict(context, ReviewId("r-1"), "card_lost", "mona")
    models = files()
    assert retrain(context, models).labels == 1
    review.undo(context, ReviewId("r-1"), "mona")
    assert retrain(context, models).labels == 0
    assert models.lessons[1].examples == TAUGHT
