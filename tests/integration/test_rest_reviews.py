"""The disambiguation queue over REST."""

from pathlib import Path

import pytest
from rest_door import Door, bearer, make_door, write_tokens


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return make_door(write_tokens(tmp_path / "tokens.toml"))


def step(
    door: Door, item: dict[str, str], name: str, by: str = "mona", **body: object
) -> tuple[int, dict[str, object]]:
    path = f"/v1/reviews/{item['id']}/{name}"
    reply = door.client.post(path, headers=bearer(by), **({"json": body} if body else {}))
    return reply.status_code, reply.json()


def test_an_item_shows_what_a_person_needs_to_decide(door: Door):
    item = door.in_review("unsure card_late")
    assert (item["text"], item["state"], item["holder"]) == ("unsure card_late", "open", None)
    assert item["triage"]["top"] == [["card_late", 0.6], ["card_lost", 0.4]]
    assert item["reasons"] == ["low_confidence"]


def test_a_claim_is_shown_and_keeps_others_off(door: Door):
    item = door.in_review()
    assert step(door, item, "claim")[1]["holder"] == "mona"
    status, problem = step(door, item, "verdict", by="mick", issue_type="card_late")
    assert (status, problem["type"]) == (409, "urn:pointsman:problem:not_the_owner")


def test_a_verdict_sends_the_conversation_on_by_that_type(door: Door):
    item = door.in_review()
    _, decided = step(door, item, "verdict", issue_type="limit_raise")
    assert decided["state"] == "decided"
    assert decided["verdict"]["decided_by"] == "mona"
    detail = door.client.get(f"/v1/conversations/{item['conversation_id']}", headers=door.robot).json()
    assert (detail["state"], detail["candidates"]) == ("waiting", [["limit_raise", 1.0]])


def test_outside_the_taxonomy_is_a_verdict_too(door: Door):
    item = door.in_review()
    status, decided = step(door, item, "verdict", issue_type=None)
    assert (status, decided["verdict"]["issue_type"]) == (200, None)


def test_a_verdict_must_say_something(door: Door):
    item = door.in_review()
    reply = door.client.post(f"/v1/reviews/{item['id']}/verdict", json={}, headers=bearer("mona"))
    assert (reply.status_code, reply.json()["errors"][0]["place"]) == (422, "body.issue_type")


def test_a_type_that_does_not_exist_is_refused(door: Door):
    status, problem = step(door, door.in_review(), "verdict", issue_type="card_eaten")
    assert (status, problem["type"]) == (422, "urn:pointsman:problem:unknown_issue_type")


def test_a_verdict_can_be_taken_back_by_who_gave_it(door: Door):
    item = door.in_review()
    step(door, item, "verdict", issue_type="card_late")
    assert step(door, item, "undo", by="mick")[0] == 409
    assert step(door, item, "undo")[1]["state"] == "open"
    detail = door.client.get(f"/v1/conversations/{item['conversation_id']}", headers=door.robot).json()
    assert detail["state"] == "in_review"


def test_a_skipped_item_is_left_to_others(door: Door):
    item = door.in_review()
    step(door, item, "claim")
    _, skipped = step(door, item, "skip")
    assert (skipped["holder"], skipped["skipped_by"]) == (None, ["mona"])
    assert step(door, item, "claim", by="mick")[0] == 200


def test_the_list_shows_the_states_asked_for(door: Door):
    item = door.in_review()
    step(door, item, "verdict", issue_type="card_late")
    assert door.client.get("/v1/reviews", headers=bearer("mona")).json()["items"] == []
    decided = door.client.get("/v1/reviews", params={"state": ["decided", "lapsed"]}, headers=bearer("mona")).json()
    assert [row["id"] for row in decided["items"]] == [item["id"]]
