"""Triage batch after batch: storing one and classifying the next go on at the same time, and nothing is taken twice."""

import threading
from collections.abc import Iterator

import pytest
from builders import make_context, make_conversation
from doubles import ScriptedClassifier
from seeds import committed, read

from routing.adapters.memory import MemoryStore
from routing.domain.conversation import ConversationId, ConversationState, Message
from routing.services import triage
from routing.services.context import Context
from routing.services.triaging import Triaging

WAITED = 30.0


@pytest.fixture
def context() -> Context:
    return make_context(MemoryStore())


@pytest.fixture
def triaging(context: Context) -> Iterator[Triaging]:
    made = Triaging(context, ScriptedClassifier())
    yield made
    made.close()


def received(context: Context, *ids: str) -> None:
    for id in ids:
        conversation = make_conversation(id)
        message = Message(f"m-{id}", ConversationId(id), "customer", "card_late", conversation.received_at)
        committed(context.store, lambda uow, c=conversation: uow.conversations.add(c))
        committed(context.store, lambda uow, m=message: uow.conversations.add_message(m))


def left(context: Context) -> set[str]:
    found = read(context.store, lambda uow: uow.conversations.in_state(ConversationState.RECEIVED, None, 100))
    return {each.id for each in found}


def test_a_batch_is_classified_while_the_one_before_is_being_stored(
    context: Context, triaging: Triaging, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, classified, may_store = triage.keep, triage.classified, threading.Event()
    read_by: list[list[str]] = []

    def slow(*given: object) -> int:
        assert may_store.wait(WAITED)
        return kept(*given)

    def noted(context: Context, classifier: ScriptedClassifier, batch: triage.Batch) -> object:
        read_by.append([each.id for each in batch.received])
        if len(read_by) == 2:
            may_store.set()
        return classified(context, classifier, batch)

    monkeypatch.setattr(triage, "keep", slow)
    monkeypatch.setattr(triage, "classified", noted)
    received(context, "c-1", "c-2")
    triaging.step()
    received(context, "c-3")
    triaging.step()
    triaging.step()
    assert read_by == [["c-1", "c-2"], ["c-3"]]
    assert left(context) == set()


def test_what_could_not_be_stored_is_told_and_taken_again(
    context: Context, triaging: Triaging, monkeypatch: pytest.MonkeyPatch
) -> None:
    received(context, "c-1")
    with monkeypatch.context() as broken:
        broken.setattr(triage, "keep", lambda *_: 1 / 0)
        triaging.step()
        with pytest.raises(ZeroDivisionError):
            triaging.step()
    assert left(context) == {"c-1"}
    triaging.step()
    triaging.step()
    assert left(context) == set()


def test_one_who_writes_again_while_they_are_stored_is_read_again(
    context: Context, triaging: Triaging, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = triage.keep

    def meanwhile(*given: object) -> int:
        committed(context.store, lambda uow: uow.conversations.save(uow.conversations.get(ConversationId("c-1"))))
        return kept(*given)

    received(context, "c-1")
    with monkeypatch.context() as while_stored:
        while_stored.setattr(triage, "keep", meanwhile)
        triaging.step()
        triaging.step()
    assert left(context) == {"c-1"}
    triaging.step()
    triaging.step()
    assert left(context) == set()


def test_a_stopped_service_has_stored_its_last_batch(context: Context) -> None:
    triaging = Triaging(context, ScriptedClassifier())
    received(context, "c-1")
    triaging.step()
    triaging.close()
    assert left(context) == set()
