"""A COp's desk: who may sit at it, what it shows, and what its buttons do."""

import re

import pytest
from builders import make_conversation
from console_visits import page, sign_in
from fastapi.testclient import TestClient
from rest_door import LOCAL, Door
from seeds import read

from api.console.desk_pulse import Heard
from routing.domain.conversation import ConversationId, ConversationState
from routing.domain.cop import CopId, Presence
from routing.domain.events import Event, EventKind
from routing.domain.offer import AssignmentId, OfferId, OfferState
from routing.services import offers

DESK = "/console/desk"
SCRIPT = {"HX-Request": "true"}


def taken(door: Door, cop_id: str = "ada") -> str:
    """Work that a COp accepted; its id."""
    return offers.accept(door.context, OfferId(door.offered(cop_id)["id"])).id


def state_of(door: Door, offer_id: str) -> OfferState:
    return read(door.context.store, lambda uow: uow.offers.get(OfferId(offer_id))).state


def test_a_cop_who_signs_in_comes_to_their_desk_and_to_nothing_else(guarded: Door) -> None:
    client = TestClient(guarded.app, base_url=LOCAL)
    reply = client.post("/sign-in", data={"token": "token-of-ada"}, follow_redirects=False)
    assert (reply.status_code, reply.headers["location"]) == (303, DESK)
    assert "<bdi>Ada</bdi>" in client.get(DESK).text
    for path in ("/", "/console/queue", "/console/floor", "/console/conversations"):
        refused = client.get(path)
        assert refused.status_code == 403
        assert f'href="{DESK}"' in refused.text


def test_a_cop_sees_their_own_work_and_nobody_else_s(guarded: Door) -> None:
    offer = guarded.offered("ada", "my secret card_lost")
    assert "my secret" in sign_in(guarded, "ada").get(DESK).text
    ben = sign_in(guarded, "ben")
    assert "my secret" not in ben.get(DESK).text
    assert ben.get(f"{DESK}/board", params={"cop_id": "ada"}).status_code == 404
    assert ben.post(f"{DESK}/offers/{offer['id']}/accept", headers=SCRIPT).status_code == 404
    assert state_of(guarded, offer["id"]) is OfferState.PENDING


def test_a_manager_has_no_desk(guarded: Door) -> None:
    assert sign_in(guarded, "mona").get(DESK).status_code == 403


def test_the_local_admin_chooses_whose_desk_it_is(door: Door) -> None:
    assert f'href="{DESK}?cop_id=ben"' in page(door, DESK)
    found = page(door, f"{DESK}?search=be")
    assert "cop_id=ben" in found and "cop_id=ada" not in found
    assert "Desk of Ben" in page(door, f"{DESK}?cop_id=ben")
    assert door.client.get(f"{DESK}?cop_id=nobody").status_code == 404


def test_an_offer_shows_the_words_the_issue_type_and_until_when_it_holds(door: Door) -> None:
    offer = door.offered("ada")
    html = page(door, f"{DESK}?cop_id=ada")
    assert "my card is gone card_lost" in html
    assert "Card lost</h3>" in html
    assert re.search(rf'data-deadline="{re.escape(offer["expires_at"].replace("Z", "+00:00"))}"', html)


def test_accepting_opens_the_work_and_a_second_press_says_what_happened(door: Door) -> None:
    offer = door.offered("ada")
    accept = f"{DESK}/offers/{offer['id']}/accept"
    reply = door.client.post(accept, data={"cop_id": "ada"}, headers=SCRIPT)
    assert reply.status_code == 200
    assert "It is yours." in reply.text and "data-current=" in reply.text
    again = door.client.post(accept, data={"cop_id": "ada"}, headers=SCRIPT)
    assert again.status_code == 409
    assert 'role="alert"' in again.text and "data-current=" in again.text


def test_without_scripts_a_step_leads_back_to_the_page(door: Door) -> None:
    offer = door.offered("ada")
    reply = door.client.post(f"{DESK}/offers/{offer['id']}/accept", data={"cop_id": "ada"}, follow_redirects=False)
    assert reply.status_code == 303
    assert reply.headers["location"].startswith(f"{DESK}?work=")
    assert "data-current=" in door.client.get(reply.headers["location"]).text


@pytest.mark.parametrize(
    ("form", "kept"),
    [
        ({"reason": "On another call"}, "On another call"),
        ({"own_reason": "a fire drill", "reason": "x"}, "a fire drill"),
    ],
)
def test_declining_keeps_the_reason_and_asks_somebody_else(door: Door, form: dict[str, str], kept: str) -> None:
    offer = door.offered("ada")
    reply = door.client.post(f"{DESK}/offers/{offer['id']}/decline", data={"cop_id": "ada", **form}, headers=SCRIPT)
    assert reply.status_code == 200
    ended = read(door.context.store, lambda uow: uow.offers.get(OfferId(offer["id"])))
    assert (ended.state, ended.reason) == (OfferState.DECLINED, kept)


def test_an_offer_past_its_deadline_is_gone_and_cannot_be_taken(door: Door) -> None:
    offer = door.offered("ada")
    door.clock.advance(3_600)
    assert offer["id"] not in page(door, f"{DESK}?cop_id=ada")
    reply = door.client.post(f"{DESK}/offers/{offer['id']}/accept", data={"cop_id": "ada"}, headers=SCRIPT)
    assert reply.status_code == 409


@pytest.mark.parametrize("standing", ["busy", "away", "offline", "available"])
def test_presence_is_set_and_shown(door: Door, standing: str) -> None:
    reply = door.client.post(f"{DESK}/presence", data={"cop_id": "ada", "presence": standing}, headers=SCRIPT)
    assert reply.status_code == 200
    assert re.search(rf'value="{standing}"[^>]*aria-pressed="true"', reply.text)
    status = read(door.context.store, lambda uow: uow.cops.status(CopId("ada")))
    assert status.presence is Presence(standing)


def test_a_presence_that_does_not_exist_is_refused_in_place(door: Door) -> None:
    reply = door.client.post(f"{DESK}/presence", data={"cop_id": "ada", "presence": "asleep"}, headers=SCRIPT)
    assert reply.status_code == 422
    assert "asleep" in reply.text and "available" in reply.text


def test_the_wrap_up_suggests_the_top_issue_type_and_stores_what_the_cop_says(door: Door) -> None:
    work = taken(door)
    html = page(door, f"{DESK}?cop_id=ada")
    assert '<option value="card_lost" selected>Card lost</option>' in html
    form = {"cop_id": "ada", "disposition": "follow_up_needed", "issue_type": "card_late", "worked": "4:30"}
    reply = door.client.post(f"{DESK}/assignments/{work}/wrap-up", data=form, headers=SCRIPT)
    assert reply.status_code == 200
    assert "You have no conversation open." in reply.text
    ended = read(door.context.store, lambda uow: uow.assignments.get(AssignmentId(work)))
    assert (ended.disposition, ended.handle_time_seconds) == ("follow_up_needed", 270.0)
    [label] = read(door.context.store, lambda uow: uow.labels.all())
    assert label.issue_type == "card_late"


@pytest.mark.parametrize(("worked", "status"), [("", 422), ("soon", 422), ("0:61", 422), ("7", 200), ("1:02:03", 200)])
def test_the_time_worked_is_taken_as_people_write_it(door: Door, worked: str, status: int) -> None:
    work = taken(door)
    form = {"cop_id": "ada", "disposition": "resolved", "worked": worked}
    reply = door.client.post(f"{DESK}/assignments/{work}/wrap-up", data=form, headers=SCRIPT)
    assert reply.status_code == status


def test_handing_on_asks_for_a_reason_and_lets_the_conversation_wait_again(door: Door) -> None:
    work = taken(door)
    path = f"{DESK}/assignments/{work}/transfer"
    refused = door.client.post(path, data={"cop_id": "ada", "reason": " "}, headers=SCRIPT)
    assert refused.status_code == 422
    reply = door.client.post(path, data={"cop_id": "ada", "reason": "needs the fraud team"}, headers=SCRIPT)
    assert "Handed on" in reply.text
    ended = read(door.context.store, lambda uow: uow.assignments.get(AssignmentId(work)))
    found = read(door.context.store, lambda uow: uow.conversations.get(ConversationId(ended.conversation_id)))
    assert (ended.disposition, found.state) == ("needs the fraud team", ConversationState.WAITING)


def test_hostile_words_stay_words(door: Door) -> None:
    door.offered("ada", "<script>alert(1)</script><img src=x onerror=alert(2)> card_lost")
    html = page(door, f"{DESK}?cop_id=ada")
    assert "&lt;script&gt;alert(1)" in html
    assert "<img" not in html
    reply = door.client.get(DESK, params={"search": '"><script>'})
    assert "<script>" not in re.sub(r"<script [^>]*src=", "", reply.text)


def test_a_page_of_another_site_accepts_nothing(door: Door) -> None:
    offer = door.offered("ada")
    path = f"{DESK}/offers/{offer['id']}/accept"
    reply = door.client.post(path, data={"cop_id": "ada"}, headers={"Origin": "http://evil.example"})
    assert reply.status_code == 403
    assert state_of(door, offer["id"]) is OfferState.PENDING


def test_a_desk_hears_of_its_own_cop_and_of_what_may_be_anybody_s() -> None:
    heard = Heard()
    at = make_conversation().received_at
    heard.take(
        [
            Event(EventKind.OFFER_MADE, at, "x", "c-1", "ada", seq=4),
            Event(EventKind.OFFER_MADE, at, "x", "c-2", "ben", seq=5),
            Event(EventKind.REVIEW_OPENED, at, "x", "c-3", seq=6),
        ]
    )
    assert (heard.newest_for(CopId("ada")), heard.newest_for(CopId("ben")), heard.newest_for(CopId("cleo"))) == (
        4,
        5,
        0,
    )
    heard.take([Event(EventKind.CONVERSATION_MESSAGE_ADDED, at, "customer", "c-1", seq=7)])
    assert heard.newest_for(CopId("ada")) == 7
