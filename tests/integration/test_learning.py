"""Verdicts teach: what a retraining shows the model, what it keeps back to judge by, and when it swaps."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from builders import FixedPacks, make_context, make_conversation, make_label, make_message, make_pack, make_review
from seeds import committed, put_conversations, read

from routing.adapters.memory import MemoryStore
from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.domain.errors import Unavailable
from routing.domain.events import EventKind
from routing.domain.pack import LabelledMessage
from routing.domain.review import ReviewId
from routing.ports import Lesson, Store
from routing.services import review
from routing.services.context import Context
from routing.services.learning import is_held_out, retrain

TAUGHT = (("my card is gone", "card_lost"), ("where is my card", "card_late"))
JUDGED = (("somebody took my card", "card_lost"), ("still no card in the post", "card_late"))


@dataclass
class ScriptedModels:
    """ports.Models whose next version is as accurate as the test says."""

    accuracies: dict[str, float]
    live: str | None = None
    lessons: list[Lesson] = field(default_factory=list)
    judged: list[Sequence[LabelledMessage]] = field(default_factory=list)

    def live_version(self) -> str | None:
        return self.live

    def fit(self, lesson: Lesson) -> str:
        self.lessons.append(lesson)
        return "new"

    def accuracy(self, version: str, held_out: Sequence[LabelledMessage]) -> float:
        self.judged.append(held_out)
        if version not in self.accuracies:
            raise Unavailable(f"model {version} does not load")
        return self.accuracies[version]

    def promote(self, version: str, at: datetime) -> None:
        self.live = version


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "memory":
        return MemoryStore()
    url = f"sqlite:///{tmp_path / 'pointsman.db'}"
    upgrade(url)
    return SqlStore(url)


@pytest.fixture
def context(store: Store) -> Context:
    pack = make_pack(training_examples=TAUGHT, held_out_examples=JUDGED, outside_calibration=("hello",))
    return make_context(store, packs=FixedPacks(pack))


def teach(store: Store, *pairs: tuple[str, str | None]) -> None:
    """Labels that people gave."""
    for number, (text, key) in enumerate(pairs):
        label = make_label(f"label-{number}", text=text, issue_type=key)
        committed(store, lambda uow, added=label: uow.labels.add(added))


def swaps(store: Store) -> list[str]:
    events = read(store, lambda uow: uow.events.after(0, 100))
    return [str(event.data["version"]) for event in events if event.kind is EventKind.MODEL_SWAPPED]


def plain(texts: Sequence[str], held_out: bool) -> list[str]:
    return [text for text in texts if is_held_out(text) is held_out]


def test_the_first_model_goes_live_whatever_it_is_worth(context: Context, store: Store):
    models = ScriptedModels({"new": 0.2})
    outcome = retrain(context, models)
    assert (models.live, outcome.swapped, outcome.accuracy_before) == ("new", True, None)
    assert swaps(store) == ["new"]


@pytest.mark.parametrize(("accuracy", "swapped"), [(0.79, False), (0.8, True), (0.9, True)])
def test_a_model_is_swapped_in_when_it_is_no_worse_on_the_same_held_out_messages(
    context: Context, store: Store, accuracy: float, swapped: bool
):
    models = ScriptedModels({"old": 0.8, "new": accuracy}, live="old")
    outcome = retrain(context, models)
    assert outcome.swapped is swapped
    assert (outcome.accuracy, outcome.accuracy_before) == (accuracy, 0.8)
    assert models.live == ("new" if swapped else "old")
    assert swaps(store) == (["new"] if swapped else [])
    assert models.judged[0] == models.judged[1]


def test_a_model_before_that_does_not_load_is_replaced(context: Context, store: Store):
    models = ScriptedModels({"new": 0.5}, live="damaged")
    outcome = retrain(context, models)
    assert (models.live, outcome.swapped, outcome.accuracy_before) == ("new", True, None)
    assert swaps(store) == ["new"]


def test_nothing_is_swapped_where_nothing_is_held_out_to_judge_by(store: Store):
    context = make_context(store, packs=FixedPacks(make_pack(training_examples=TAUGHT)))
    models = ScriptedModels({"old": 0.0, "new": 0.0}, live="old")
    assert not retrain(context, models).swapped
    assert models.live == "old"


def test_the_same_model_again_is_no_swap(context: Context, store: Store):
    models = ScriptedModels({"new": 0.8}, live="new")
    assert not retrain(context, models).swapped
    assert swaps(store) == []


def test_labels_are_taught_except_a_tenth_that_judges(context: Context, store: Store):
    texts = [f"the machine kept my card again {number}" for number in range(60)]
    teach(store, *((text, "card_lost") for text in texts))
    models = ScriptedModels({"new": 0.8})
    outcome = retrain(context, models)
    taught = [text for text, _ in models.lessons[0].examples]
    judged = [text for text, _ in models.judged[0]]
    assert set(taught) == {text for text, _ in TAUGHT} | set(plain(texts, held_out=False))
    assert set(judged) == {text for text, _ in JUDGED} | set(plain(texts, held_out=True))
    assert plain(texts, held_out=True), "sixty messages with none held out would test nothing"
    assert outcome.labels == 60


def test_what_the_pack_holds_out_is_never_taught_even_when_a_customer_writes_it(context: Context, store: Store):
    teach(store, ("Somebody took MY card", "card_lost"))
    models = ScriptedModels({"new": 0.8})
    retrain(context, models)
    assert models.lessons[0].examples == TAUGHT


def test_a_verdict_of_outside_teaches_novelty_and_a_retired_type_teaches_nothing(context: Context, store: Store):
    teach(store, ("what is the weather like", None), ("my cheque book", "cheques"))
    models = ScriptedModels({"new": 0.8})
    retrain(context, models)
    assert models.lessons[0].examples == TAUGHT
    assert models.lessons[0].outside == ("hello", "what is the weather like")


def test_without_feedback_labels_are_left_out(context: Context, store: Store):
    teach(store, *((f"swallowed by the machine {number}", "card_lost") for number in range(20)))
    models = ScriptedModels({"new": 0.8})
    outcome = retrain(context, models, feedback=False)
    assert models.lessons[0].examples == TAUGHT
    assert outcome.labels == 0


def test_a_verdict_that_was_taken_back_teaches_nothing(context: Context, store: Store):
    put_conversations(store, make_conversation())
    committed(store, lambda uow: uow.conversations.add_message(make_message(text="swallowed whole")))
    committed(store, lambda uow: uow.reviews.add(make_review()))
    review.give_verdict(context, ReviewId("r-1"), "card_lost", "mona")
    models = ScriptedModels({"new": 0.8})
    assert retrain(context, models).labels == 1
    review.undo(context, ReviewId("r-1"), "mona")
    assert retrain(context, models).labels == 0
    assert models.lessons[1].examples == TAUGHT
