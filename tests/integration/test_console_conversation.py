"""One conversation at the console: sent another way, handed on, its deciders, and its customer erased."""

from pathlib import Path

import pytest
from console_visits import page, sign_in
from httpx import Response
from rest_door import Door, make_door, write_tokens
from seeds import read

from routing.domain.conversation import ConversationId, ConversationState
from routing.services import intake, offers, reporting


def post(door: Door, step: str, id: str, **fields: str) -> Response:
    return door.client.post(f"/console/conversation/{step}", data={"conversation": id, **fields})


def offered(door: Door) -> str:
    id = door.begin("card_late please")
    door.understand()
    door.available("ada")
    door.match()
    return id


def state(door: Door, id: str) -> ConversationState:
    return reporting.conversation(door.context, ConversationId(id)).conversation.state


def account(door: Door, id: str) -> str:
    return page(door, f"/console/conversation?conversation={id}")


def test_a_manager_sends_it_by_another_type_and_the_page_says_so(door: Door) -> None:
    id = offered(door)
    assert "Another issue type" in account(door, id)
    reply = post(door, "reroute", id, issue_type="limit_raise", note="<b>asked</b> for more")
    assert "It goes by that issue type from now on." in reply.text
    assert "&lt;b&gt;asked&lt;/b&gt; for more" in reply.text
    assert "<h3" in reply.text
    assert "Limit raise" in reply.text
    assert state(door, id) is ConversationState.WAITING


def test_what_no_database_stores_is_taken_out_of_a_form(door: Door) -> None:
    id = offered(door)
    assert "asked for more" in post(door, "reroute", id + "\0", issue_type="limit_raise", note="asked\0 for more").text
    told = read(door.context.store, lambda uow: uow.events.of(ConversationId(id)))[-1]
    assert told.data["note"] == "asked for more"


def test_what_goes_back_is_in_the_queue_again(door: Door) -> None:
    id = offered(door)
    reply = post(door, "send-back", id, note="is it late?")
    assert "It is in the disambiguation queue again." in reply.text
    assert state(door, id) is ConversationState.IN_REVIEW
    [item] = read(door.context.store, lambda uow: uow.reviews.undecided_for(ConversationId(id)))
    assert "A manager asks again what it is." in page(door, f"/console/reviews/{item.id}")


def test_work_is_handed_on_in_the_manager_s_name(door: Door) -> None:
    id = offered(door)
    offer = read(door.context.store, lambda uow: uow.offers.pending_for(ConversationId(id)))
    offers.accept(door.context, offer.id)
    assert "Another issue type" not in account(door, id)
    reply = post(door, "transfer", id, note="ada is ill", issue_type="")
    assert "It waits for another COp." in reply.text
    assert "by <bdi>local-admin</bdi>" in reply.text
    assert "nobody works on" in post(door, "transfer", id, note="again").text


@pytest.mark.parametrize(("step", "fields"), [("reroute", {"issue_type": "teapot"}), ("send-back", {})])
def test_what_cannot_be_is_said_in_place_and_changes_nothing(door: Door, step: str, fields: dict[str, str]) -> None:
    id = offered(door)
    reply = post(door, step, id, **fields)
    assert 'role="alert"' in reply.text
    assert "Not done:" in reply.text
    assert state(door, id) is ConversationState.OFFERED
    assert post(door, step, "no-such", note="x", issue_type="limit_raise").status_code == 404


def test_the_page_lists_models_people_and_policies_that_decided(door: Door) -> None:
    id = offered(door)
    post(door, "reroute", id, issue_type="limit_raise", note="asked for more")
    text = account(door, id)
    assert "Model <bdi>scripted-1</bdi>" in text
    assert "Person <bdi>local-admin</bdi>" in text
    assert "Matching policy" in text


def test_without_the_means_nothing_is_tried_out(door: Door) -> None:
    id = offered(door)
    assert "What would have changed it?" not in account(door, id)
    reply = door.client.get(f"/console/conversation/why?conversation={id}")
    assert "without the means" in reply.text


def of_a_customer(door: Door) -> str:
    message = intake.IncomingMessage("e-77", "test", "card_late", "uk", conversation_id="c-77", customer_id="cu-9")
    return intake.receive(door.context, message).conversation_id


def ended_of_a_customer(door: Door) -> str:
    id = of_a_customer(door)
    intake.abandon(door.context, ConversationId(id), "gone", "test")
    return id


def test_a_customer_is_erased_after_a_preview_and_a_receipt_remains(door: Door) -> None:
    id = ended_of_a_customer(door)
    assert "Erase this customer" in account(door, id)
    preview = page(door, f"/console/erasure?conversation={id}")
    assert "nothing has changed yet" in preview
    assert "cu-9" not in preview
    reply = door.client.post("/console/erasure", data={"conversation": id, "reason": "case 117"})
    assert reply.status_code == 200
    assert "Erased" in reply.text
    assert "case 117" in reply.text
    assert door.client.get(f"/console/conversation?conversation={id}").status_code == 404


def test_somebody_still_waiting_is_not_erased(door: Door) -> None:
    id = of_a_customer(door)
    assert "It cannot be done yet" in page(door, f"/console/erasure?conversation={id}")
    reply = door.client.post("/console/erasure", data={"conversation": id, "reason": "case 117"})
    assert (reply.status_code, "Not done:" in reply.text) == (409, True)


def test_a_manager_is_offered_no_erasure_and_has_none(tmp_path: Path) -> None:
    door = make_door(write_tokens(tmp_path / "tokens.toml"))
    id = ended_of_a_customer(door)
    mona = sign_in(door, "mona")
    assert "Erase this customer" not in mona.get(f"/console/conversation?conversation={id}").text
    assert mona.get(f"/console/erasure?conversation={id}").status_code == 403
    root = sign_in(door, "root")
    assert "Erase this customer" in root.get(f"/console/conversation?conversation={id}").text
