"""One model's page: what it shows of the report, and the steps taken from there."""

import json
from dataclasses import replace

import pytest
from builders import NOON, make_conversation, make_model, make_triage
from model_reports import REPORT
from rest_door import Door, make_door
from seeds import committed, read

from routing.domain.conversation import Conversation, ConversationId
from routing.domain.errors import NotFound
from routing.domain.events import EventKind
from routing.domain.issue import Decision, Triage
from routing.domain.model import ModelState, StoredFile
from routing.domain.review import ReviewItem, ReviewState
from routing.services import review
from routing.services.asking_again import Confusion, ask_again
from routing.services.sampling import true_errors

PAGE = "/console/models/one?model=m1"


@pytest.fixture
def door() -> Door:
    found = make_door()
    file = StoredFile("m1.report.json", "0" * 64)
    model = replace(make_model("m1"), state=ModelState.LIVE, changed_at=NOON, reports=(file,), facts={"examples": 7})
    committed(found.context.store, lambda uow: uow.models.add(model))
    found.service.models.contents[file.path] = json.dumps(REPORT).encode()
    return found


def decided(door: Door, id: str, triage: Triage) -> None:
    def add(conversation: Conversation) -> None:
        committed(door.context.store, lambda uow: uow.conversations.add(conversation))
        committed(door.context.store, lambda uow: uow.triages.add(conversation.id, triage))

    add(make_conversation(id))


def between(*shares: tuple[str, float], decision: Decision = Decision.AUTO) -> Triage:
    return replace(
        make_triage(issue_type=shares[0][0], decision=decision), distribution=tuple(shares), model_version="m1"
    )


def lapsed(door: Door) -> list[ReviewItem]:
    return read(door.context.store, lambda uow: uow.reviews.in_states((ReviewState.LAPSED,), None, 99))


LATE_OR_LOST = (("card_late", 0.6), ("card_lost", 0.3), ("limit", 0.1))


def test_the_page_shows_what_the_report_found(door: Door) -> None:
    page = door.client.get(PAGE).text
    for said in ("Working point", "Reliability", "62%", "60%", "Confusions", "12 times", "Slices", "63%"):
        assert said in page
    assert "it never &lt;b&gt;came&lt;/b&gt;" in page
    assert 'id="point" min="0" max="2" step="1" value="1"' in page


def test_without_a_report_the_page_says_so(door: Door) -> None:
    committed(door.context.store, lambda uow: uow.models.add(make_model("m2")))
    assert "No figures were kept" in door.client.get("/console/models/one?model=m2").text


def test_a_report_that_was_changed_is_not_shown(door: Door) -> None:
    door.service.models.contents.clear()
    assert door.client.get(PAGE).status_code == 409


def test_a_click_sends_automatic_decisions_between_two_types_to_review(door: Door) -> None:
    decided(door, "c-1", between(*LATE_OR_LOST))
    decided(door, "c-2", between(*LATE_OR_LOST, decision=Decision.REVIEW))
    decided(door, "c-3", between(("card_late", 0.9), ("limit", 0.1)))
    form = {"model": "m1", "issue_type": "card_late", "taken_for": "card_lost"}
    assert "1 of the last week" in door.client.post("/console/models/ask-again", data=form).text
    [item] = lapsed(door)
    assert (item.conversation_id, item.guess, item.blind) == ("c-1", "card_late", False)
    assert "None of the last week" in door.client.post("/console/models/ask-again", data=form).text
    assert len(lapsed(door)) == 1


def test_of_a_conversation_understood_twice_the_newest_counts(door: Door) -> None:
    decided(door, "c-1", between(*LATE_OR_LOST))
    newer = between(("limit", 0.9), ("card_late", 0.1))
    committed(door.context.store, lambda uow: uow.triages.add(ConversationId("c-1"), newer))
    assert ask_again(door.context, Confusion("m1", "card_late", "card_lost"), "priya") == 0


def test_its_verdict_teaches_and_is_no_sample_of_the_true_error(door: Door) -> None:
    decided(door, "c-1", between(*LATE_OR_LOST))
    assert ask_again(door.context, Confusion("m1", "card_lost", "card_late"), "priya") == 1
    [item] = lapsed(door)
    review.give_verdict(door.context, item.id, "card_lost", "priya")
    [label] = read(door.context.store, lambda uow: uow.labels.newest(9))
    assert label.issue_type == "card_lost"
    assert true_errors(door.context)[0].checked.sampled == 0
    [opened] = read(door.context.store, lambda uow: uow.events.newest_of((EventKind.REVIEW_OPENED,), 9))
    assert opened.actor == "priya"


def test_types_outside_the_taxonomy_are_refused(door: Door) -> None:
    with pytest.raises(NotFound):
        ask_again(door.context, Confusion("m1", "card_late", "nothing"), "priya")


def test_what_the_gate_refuses_is_said_with_its_reasons(door: Door) -> None:
    committed(door.context.store, lambda uow: uow.models.add(make_model("m2")))
    reply = door.client.post("/console/models/promote", data={"model": "m2"})
    assert (reply.status_code, "Not done" in reply.text) == (409, True)
    reply = door.client.post("/console/models/promote", data={"model": "m2", "force": "yes"})
    assert "only with a reason" in reply.text


def test_a_roll_back_without_a_model_before_is_refused(door: Door) -> None:
    reply = door.client.post("/console/models/rollback", data={"model": "m1"})
    assert (reply.status_code, "no model was live before" in reply.text) == (409, True)
