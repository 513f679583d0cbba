"""A shadow beside the live model: it sees the same batches, changes nothing, and whatever it does is counted."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from builders import make_context, make_conversation, make_message, make_model, make_triage
from doubles import ScriptedClassifier, ScriptedModel, ScriptedModelFiles
from seeds import committed, put_conversations, read

from routing.adapters.memory import MemoryStore
from routing.adapters.shadow import ShadowBacklog
from routing.domain.errors import Refused, Unavailable
from routing.domain.issue import Decision, Triage
from routing.domain.model import ModelId, ModelState
from routing.domain.shadow import NOT_LOADED, SKIPPED
from routing.ports import Utterance
from routing.services import shadow
from routing.services.context import Context
from routing.services.triage import triage_batch, triage_text


class Watched(ScriptedClassifier):
    """A live classifier that tells a backlog what it answered."""

    backlog: ShadowBacklog

    def classify(self, utterances: Sequence[Utterance], taxonomy, at) -> list[Triage]:
        triages = super().classify(utterances, taxonomy, at)
        self.backlog.heard(utterances, triages)
        return triages


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def context(store: MemoryStore) -> Context:
    made = make_context(store)
    committed(store, lambda uow: uow.models.add(make_model("s", state=ModelState.SHADOW)))
    return made


@pytest.fixture
def backlog(context: Context) -> ShadowBacklog:
    made = ShadowBacklog()
    shadow.answer(context, ScriptedClassifier("s"), made)
    return made


@pytest.fixture
def live(backlog: ShadowBacklog) -> Watched:
    made = Watched("live")
    made.backlog = backlog
    return made


def write(store: MemoryStore, *texts: str) -> None:
    for number, text in enumerate(texts):
        id = f"c-{number}"
        put_conversations(store, make_conversation(id))
        message = make_message(f"m-{number}", id, text=text)
        committed(store, lambda uow, added=message: uow.conversations.add_message(added))


def as_before(triage: Triage) -> Triage:
    return replace(triage, model_version="any")


def test_a_shadow_answers_what_the_live_model_answered(context, store, live, backlog):
    write(store, "about card_lost", "about card_late", "about limit_raise")
    triage_batch(context, live)
    other = ScriptedClassifier("s")
    assert shadow.answer(context, other, backlog)
    report = shadow.report(context)
    assert (report.model, report.messages, report.agreement, report.sample) == ("s", 3, 1.0, ())
    assert [utterance.text for utterance in other.asked[0]] == [utterance.text for utterance in live.asked[0]]
    assert not shadow.answer(context, other, backlog)


def test_where_the_two_differ_is_told_by_type_decision_and_conversation(context, store, live, backlog):
    class Contrary(ScriptedClassifier):
        def _triage(self, text, taxonomy, at):
            if "card_lost" in text:
                return make_triage("card_late", 0.55, model_version="s", at=at, decision=Decision.REVIEW)
            return super()._triage(text, taxonomy, at)

    write(store, "about card_lost", "about card_late", "also card_lost")
    triage_batch(context, live)
    shadow.answer(context, Contrary("s"), backlog)
    report = shadow.report(context)
    assert report.agreement == pytest.approx(1 / 3)
    assert [(c.before, c.now, c.messages) for c in report.types] == [("card_lost", "card_late", 2)]
    assert [(c.before, c.now, c.messages) for c in report.decisions] == [("auto", "review", 2)]
    assert [(t.issue_type, t.messages, t.same) for t in report.by_type] == [("card_lost", 2, 0), ("card_late", 1, 1)]
    assert [row.conversation_id for row in report.sample] == ["c-2", "c-0"]
    assert len(shadow.report(context, most=1).sample) == 1


def test_customers_are_routed_as_without_a_shadow(context, store, live, backlog):
    write(store, "about card_lost", "unsure about card_late")
    triage_batch(context, live)
    shadow.answer(context, ScriptedClassifier("s", broken=True), backlog)
    alone = MemoryStore()
    write(alone, "about card_lost", "unsure about card_late")
    triage_batch(make_context(alone), ScriptedClassifier("live"))
    for question in (
        lambda uow: {id: as_before(t) for id, t in uow.triages.latest_of(["c-0", "c-1"]).items()},
        lambda uow: [(c.id, c.state, c.candidates) for c in uow.conversations.get_many(["c-0", "c-1"]).values()],
    ):
        assert read(store, question) == read(alone, question)


def test_a_shadow_that_fails_is_counted_and_says_nothing_of_the_customers_words(context, store, live, backlog, caplog):
    write(store, "card_lost secret-words", "about card_late")
    triage_batch(context, live)
    assert shadow.answer(context, ScriptedClassifier("s", broken=True), backlog)
    report = shadow.report(context)
    assert (report.failures, report.messages, report.agreement) == ({"ValueError": 2}, 0, None)
    assert "secret-words" not in caplog.text


def test_answers_of_another_model_are_not_taken_for_the_shadows(context, store, live, backlog):
    write(store, "about card_lost")
    triage_batch(context, live)
    shadow.answer(context, ScriptedClassifier("the one before"), backlog)
    assert shadow.report(context).failures == {NOT_LOADED: 1}


def test_what_finds_no_room_is_skipped_counted_and_loses_its_words(context, store):
    backlog = ShadowBacklog(most=1)
    backlog.listen(True)
    for number in range(3):
        asked = [Utterance("where is my card", ("en",), f"c-{number}")]
        backlog.heard(asked, [make_triage()])
    skipped = backlog.take_skipped()
    assert [u.text for batch in skipped for u in batch.utterances] == ["", ""]
    backlog.heard([Utterance("again", ("en",), "c-9")], [make_triage()])
    shadow.answer(context, ScriptedClassifier("s"), backlog)
    report = shadow.report(context)
    assert (report.failures, report.messages) == ({SKIPPED: 1}, 1)


def test_a_message_that_was_only_tried_is_no_traffic(context, live, backlog):
    triage_text(context, live, "about card_lost")
    assert backlog.take() is None


def test_without_a_shadow_nothing_is_kept(store, live, backlog, context):
    shadow.stop(context, "mona")
    write(store, "about card_lost")
    assert not shadow.answer(context, ScriptedClassifier("s"), backlog)
    triage_batch(context, live)
    assert backlog.take() is None
    with pytest.raises(Refused, match="no model is a shadow"):
        shadow.report(context)


def test_another_shadow_takes_the_place_of_the_first(context, store):
    committed(store, lambda uow: uow.models.add(make_model("t")))
    files = ScriptedModelFiles({"t": ScriptedModel({})})
    assert shadow.start(context, files, "t", "mona").state is ModelState.SHADOW
    assert shadow.start(context, files, "t", "mona").state is ModelState.SHADOW
    assert read(store, lambda uow: uow.models.get(ModelId("s"))).state is ModelState.CANDIDATE
    assert shadow.stop(context, "mona").state is ModelState.CANDIDATE
    with pytest.raises(Refused):
        shadow.stop(context, "mona")


def test_a_model_that_does_not_load_becomes_no_shadow(context, store):
    committed(store, lambda uow: uow.models.add(make_model("t")))
    with pytest.raises(Unavailable):
        shadow.start(context, ScriptedModelFiles(), "t", "mona")
    assert read(store, lambda uow: uow.models.id_in(ModelState.SHADOW)) == "s"
