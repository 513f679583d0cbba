"""The classifier reads something before the first customer comes."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from builders import make_context
from doubles import ScriptedClassifier

from routing.adapters.memory import MemoryStore
from routing.domain.errors import Unavailable
from routing.domain.issue import Taxonomy, Triage
from routing.ports import Utterance
from routing.services.rehearsing import Rehearsing, rehearse


class Hearing(ScriptedClassifier):
    """Remembers what it was asked; `fails` is raised afterwards."""

    def __init__(self, fails: Exception | None = None) -> None:
        super().__init__()
        self.read, self.fails = 0, fails

    def classify(self, utterances: Sequence[Utterance], taxonomy: Taxonomy, at: datetime) -> list[Triage]:
        self.read += len(utterances)
        if self.fails is not None:
            raise self.fails
        return super().classify(utterances, taxonomy, at)


def test_words_are_read_and_nothing_is_stored():
    context, hearing = make_context(MemoryStore()), Hearing()
    rehearse(context, hearing)
    assert hearing.read == 2
    with context.store.reading() as uow:
        assert uow.conversations.count_by_state() == {}
        assert uow.events.last_seq() == 0


def test_where_there_is_no_model_yet_nobody_is_kept_from_starting():
    hearing = Hearing(Unavailable("no model"))
    rehearse(make_context(MemoryStore()), hearing)
    assert hearing.read == 2


def test_a_classifier_that_fails_on_harmless_words_is_told():
    with pytest.raises(ZeroDivisionError):
        rehearse(make_context(MemoryStore()), Hearing(ZeroDivisionError()))


def test_a_model_that_goes_live_is_rehearsed_once_and_the_next_one_again():
    live: list[str | None] = [None]
    hearing = Hearing()
    rehearsing = Rehearsing(make_context(MemoryStore()), hearing, lambda: live[-1])
    assert (rehearsing.step(), hearing.read) == (False, 0), "there is no model yet"
    live.append("first")
    rehearsing.step()
    rehearsing.step()
    assert hearing.read == 2
    live.append("second")
    rehearsing.step()
    assert hearing.read == 4
