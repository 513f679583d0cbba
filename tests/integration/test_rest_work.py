"""A conversation's way over REST: taken in, understood, offered, answered, wrapped up or handed on."""

from pathlib import Path

import pytest
from rest_door import Door, bearer, make_door, write_tokens


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return make_door(write_tokens(tmp_path / "tokens.toml"))


def accepted(door: Door, cop_id: str = "ada") -> dict[str, str]:
    offer = door.offered(cop_id)
    return dict(door.client.post(f"/v1/offers/{offer['id']}/accept", headers=bearer(cop_id)).json())


def test_a_conversation_goes_from_first_message_to_wrap_up(door: Door):
    offer = door.offered("ada")
    work = door.client.post(f"/v1/offers/{offer['id']}/accept", headers=bearer("ada")).json()
    assert (work["cop_id"], work["state"], work["issue_type"]) == ("ada", "active", "card_lost")
    held = door.client.get("/v1/cops/ada/assignments", headers=bearer("ada")).json()["items"]
    assert [item["id"] for item in held] == [work["id"]]
    body = {"disposition": "resolved", "handle_time_seconds": 312.5, "issue_type": "card_late"}
    done = door.client.post(f"/v1/assignments/{work['id']}/wrap-up", json=body, headers=bearer("ada")).json()
    assert (done["state"], done["disposition"], done["handle_time_seconds"]) == ("wrapped_up", "resolved", 312.5)
    detail = door.client.get(f"/v1/conversations/{offer['conversation_id']}", headers=door.robot).json()
    assert (detail["state"], detail["issue_type"], detail["assignment"]) == ("closed", "card_late", None)


def test_a_new_conversation_says_where_it_is_found(door: Door):
    reply = door.client.post("/v1/conversations", json={"text": "hello", "market": "uk"}, headers=door.robot)
    assert reply.headers["Location"] == reply.json()["href"]
    detail = door.client.get(reply.headers["Location"], headers=door.robot).json()
    assert (detail["state"], [message["text"] for message in detail["messages"]]) == ("received", ["hello"])


def test_the_callers_own_id_is_kept(door: Door):
    assert door.begin(id="crm:42") == "crm:42"


def test_a_further_message_joins_its_conversation(door: Door):
    conversation = door.begin("first")
    path = f"/v1/conversations/{conversation}/messages"
    assert door.client.post(path, json={"text": "second"}, headers=door.robot).status_code == 201
    detail = door.client.get(f"/v1/conversations/{conversation}", headers=door.robot).json()
    assert [message["text"] for message in detail["messages"]] == ["first", "second"]


def test_a_message_for_no_conversation_is_refused(door: Door):
    reply = door.client.post("/v1/conversations/no-such/messages", json={"text": "hello?"}, headers=door.robot)
    assert reply.status_code == 404


def test_a_customer_who_leaves_takes_the_offer_away(door: Door):
    offer = door.offered("ada")
    path = f"/v1/conversations/{offer['conversation_id']}/abandon"
    assert door.client.post(path, headers=door.robot).json()["state"] == "abandoned"
    assert door.client.get("/v1/cops/ada/offers", headers=bearer("ada")).json() == {"items": []}


def test_a_declined_offer_goes_to_somebody_else(door: Door):
    offer = door.offered("ada")
    path = f"/v1/offers/{offer['id']}/decline"
    reply = door.client.post(path, json={"reason": "on another call"}, headers=bearer("ada")).json()
    assert (reply["state"], reply["reason"]) == ("declined", "on another call")
    door.available("ada", "ben")
    door.match()
    assert door.client.get("/v1/cops/ada/offers", headers=bearer("ada")).json() == {"items": []}
    [next_offer] = door.client.get("/v1/cops/ben/offers", headers=bearer("ben")).json()["items"]
    assert next_offer["conversation_id"] == offer["conversation_id"]


def test_a_transferred_conversation_waits_again_under_its_corrected_type(door: Door):
    work = accepted(door)
    body = {"reason": "needs the limits team", "issue_type": "limit_raise"}
    reply = door.client.post(f"/v1/assignments/{work['id']}/transfer", json=body, headers=bearer("ada"))
    assert reply.json()["state"] == "transferred"
    detail = door.client.get(f"/v1/conversations/{work['conversation_id']}", headers=door.robot).json()
    assert (detail["state"], detail["issue_type"], detail["last_cop_id"]) == ("waiting", "limit_raise", None)


def test_an_offer_accepted_after_its_deadline_is_refused(door: Door):
    offer = door.offered("ada")
    door.clock.advance(31)
    reply = door.client.post(f"/v1/offers/{offer['id']}/accept", headers=bearer("ada"))
    assert (reply.status_code, reply.json()["type"]) == (409, "urn:pointsman:problem:offer_expired")


def test_an_offer_is_accepted_once(door: Door):
    offer = door.offered("ada")
    path = f"/v1/offers/{offer['id']}/accept"
    assert door.client.post(path, headers=bearer("ada")).status_code == 200
    again = door.client.post(path, headers=bearer("ada"))
    assert (again.status_code, again.json()["type"]) == (409, "urn:pointsman:problem:illegal_transition")


def test_a_cop_who_goes_away_gives_their_offer_back(door: Door):
    offer = door.offered("ada")
    door.client.put("/v1/cops/ada/presence", json={"presence": "away"}, headers=bearer("ada"))
    detail = door.client.get(f"/v1/conversations/{offer['conversation_id']}", headers=door.robot).json()
    assert (detail["state"], detail["offer"]) == ("waiting", None)


def test_an_explanation_tells_why_this_type_and_why_this_cop(door: Door):
    offer = door.offered("ada")
    account = door.client.get(
        f"/v1/conversations/{offer['conversation_id']}/explanation", headers=bearer("mona")
    ).json()
    assert account["why_issue_type"]["issue_type"] == "card_lost"
    assert account["why_issue_type"]["triage"]["top"][0] == ["card_lost", 0.9]
    assert account["why_cop"]["offer"]["cop_id"] == "ada"
    assert account["why_cop"]["why"] == {"rule": "first fit"}
    assert [event["kind"] for event in account["history"]] == [
        "conversation.received",
        "conversation.triaged",
        "offer.made",
    ]


def test_a_message_can_be_tried_without_being_stored(door: Door):
    reply = door.client.post("/v1/triage", json={"text": "unsure about card_late"}, headers=door.robot).json()
    assert (reply["issue_type"], reply["decision"], reply["reasons"]) == ("card_late", "review", ["low_confidence"])
    assert door.client.get("/v1/conversations", headers=door.robot).json()["items"] == []


def test_the_floor_counts_who_waits_and_who_is_there(door: Door):
    door.available("ada")
    door.begin()
    door.understand()
    door.clock.advance(400)
    floor = door.client.get("/v1/floor", headers=bearer("mona")).json()
    assert floor["families"] == [{"family": "cards", "waiting": 1, "oldest_wait_seconds": 400.0, "past_target": 1}]
    assert floor["cops"] == {"free": 1, "busy": 0, "away": 0, "offline": 2}
    assert floor["conversations"] == {"waiting": 1}
    assert floor["decisions"] == {"auto": 1}


def test_the_taxonomy_lists_types_families_and_markets(door: Door):
    taxonomy = door.client.get("/v1/taxonomy", headers=bearer("ada")).json()
    assert {kind["key"] for kind in taxonomy["issue_types"]} == {"card_lost", "card_late", "limit_raise", "fraud_seen"}
    assert {family["key"] for family in taxonomy["families"]} == {"cards", "limits", "fraud"}
    assert {market["key"] for market in taxonomy["markets"]} == {"uk", "ie", "fr"}
