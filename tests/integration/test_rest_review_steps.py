"""Several needs, asking a lead and proposing an issue type, over REST."""

from pathlib import Path

import pytest
from rest_door import Door, bearer, make_door, write_tokens


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return make_door(write_tokens(tmp_path / "tokens.toml"))


def post(door: Door, path: str, by: str = "mona", **body: object) -> tuple[int, dict[str, object]]:
    reply = door.client.post(path, headers=bearer(by), json=body)
    return reply.status_code, reply.json()


def test_several_needs_go_on_by_the_most_urgent(door: Door):
    item = door.in_review()
    path = f"/v1/reviews/{item['id']}/verdict"
    _, decided = post(door, path, issue_type="limit_raise", also=["card_lost"])
    assert (decided["verdict"]["issue_type"], decided["verdict"]["needs"]) == ("card_lost", ["limit_raise"])
    assert post(door, path, issue_type="card_lost")[0] == 409


def test_others_besides_nothing_are_refused(door: Door):
    path = f"/v1/reviews/{door.in_review()['id']}/verdict"
    assert post(door, path, issue_type=None, also=["card_lost"])[0] == 422


def test_an_escalated_item_shows_who_asks_whom_and_why(door: Door):
    item = door.in_review()
    path = f"/v1/reviews/{item['id']}/escalate"
    status, shown = post(door, path, note="is this a complaint?", to="mick")
    asked = shown["escalation"]
    assert (status, asked["by"], asked["to"], asked["note"]) == (200, "mona", "mick", "is this a complaint?")
    assert shown["value_reasons"][0][0] == "escalated"
    assert post(door, path, note=" ")[0] == 422


def test_a_proposed_type_is_listed_with_its_cases_and_settled_by_whoever_has_every_market(door: Door):
    item = door.in_review("unsure about the picture")
    status, made = post(door, "/v1/proposals", name="Card art", description="Pictures", reviews=[item["id"]])
    assert (status, [case["text"] for case in made["cases"]]) == (200, ["unsure about the picture"])
    settle = f"/v1/proposals/{made['id']}/settle"
    assert post(door, settle, accept=True, key="card_art")[1]["key"] == "card_art"
    assert post(door, settle, accept=False)[0] == 409
    listed = door.client.get("/v1/proposals", headers=bearer("mona")).json()["items"]
    assert [(each["state"], each["settled_by"]) for each in listed] == [("accepted", "mona")]
    assert door.client.get("/v1/proposals?state=open", headers=bearer("mona")).json() == {"items": []}


def test_what_no_database_stores_is_taken_out_of_a_note(door: Door):
    _, made = post(door, "/v1/proposals", name="Card art", description="Pictures")
    settled = post(door, f"/v1/proposals/{made['id']}/settle", accept=False, note="not\x00 now")[1]
    assert settled["note"] == "not now"


def test_a_proposal_names_only_items_that_exist(door: Door):
    assert post(door, "/v1/proposals", name="Card art", description="Pictures", reviews=["no-such"])[0] == 404


def test_a_conversation_is_sent_another_way_and_asked_about_again(door: Door):
    item = door.in_review()
    path = f"/v1/conversations/{item['conversation_id']}"
    status, moved = post(door, f"{path}/reroute", issue_type="limit_raise", note="asked for more")
    assert (status, moved["state"], moved["issue_type"]) == (200, "waiting", "limit_raise")
    status, asked = post(door, f"{path}/send-back", note="is it?")
    assert (status, asked["reasons"], asked["state"]) == (200, ["sent_back"], "open")
    assert post(door, f"{path}/send-back", note="again")[0] == 409
    assert post(door, f"{path}/reroute", issue_type="teapot", note="x")[0] == 422


def test_the_words_that_tell_and_how_people_decide_can_be_asked_for(door: Door):
    item = door.in_review("unsure card_late")
    found = door.client.get(f"/v1/reviews/{item['id']}/attribution", headers=bearer("mona")).json()
    assert (found["first"], found["second"]) == ("card_late", "card_lost")
    assert [word["start"] for word in found["words"]] == [0, 7]
    post(door, f"/v1/reviews/{item['id']}/verdict", issue_type="card_late")
    quality = door.client.get("/v1/verdicts/quality?days=7", headers=bearer("mona")).json()
    assert (quality["verdicts"], quality["agree"]["hits"], quality["agree_blind"]["of"]) == (1, 1, 0)
