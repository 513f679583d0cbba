"""Erasing and holding customers over REST: admins only, refused with what stands against it, receipts to be found."""

import logging
from pathlib import Path

import pytest
from customer_life import CAROL, DAVE, everything, live, written
from rest_door import Door, bearer, make_door, write_tokens

from api.shutdown import PathsOnly

ERASURE = f"/v1/customers/{CAROL}/erasure"
WHY = {"reason": "case 2026-17"}


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return make_door(write_tokens(tmp_path / "tokens.toml"))


def root() -> dict[str, str]:
    return bearer("root")


def test_a_customer_is_erased_and_the_receipt_is_found_again(door: Door) -> None:
    live(door.context)
    seen = door.client.get(ERASURE, headers=root()).json()
    done = door.client.post(ERASURE, json=WHY, headers=root())
    assert done.status_code == 200, done.text
    receipt = done.json()
    assert receipt["counts"]["messages"] == seen["counts"]["messages"] == 1
    assert (receipt["asked_by"], receipt["reason"], receipt["first"]) == ("root", "case 2026-17", None)
    assert CAROL not in done.text and CAROL not in everything(door.context)
    assert door.client.get(f"/v1/erasures/{receipt['id']}", headers=root()).json() == receipt
    [before] = door.client.get(ERASURE, headers=root()).json()["receipts"]
    assert before == receipt


def test_sent_again_it_finds_nothing_and_names_the_first(door: Door) -> None:
    live(door.context)
    first = door.client.post(ERASURE, json=WHY, headers=root()).json()
    second = door.client.post(ERASURE, json=WHY, headers=root()).json()
    assert (second["first"], sum(second["counts"].values())) == (first["id"], 0)


@pytest.mark.parametrize("who", ["robot", "ada", "mona"])
def test_only_an_admin_erases_or_holds(door: Door, who: str) -> None:
    live(door.context)
    hold = {"customer_id": CAROL, **WHY}
    replies = [
        door.client.post(ERASURE, json=WHY, headers=bearer(who)),
        door.client.get(ERASURE, headers=bearer(who)),
        door.client.post("/v1/holds", json=hold, headers=bearer(who)),
    ]
    assert [reply.status_code for reply in replies] == [403] * 3
    assert CAROL in everything(door.context)


def test_who_still_waits_is_named(door: Door) -> None:
    written(door.context)
    refused = door.client.post(ERASURE, json=WHY, headers=root())
    assert refused.status_code == 409 and refused.json()["type"].endswith(":not_ended")
    assert "talk-1 (received)" in refused.json()["detail"]
    assert door.client.get(ERASURE, headers=root()).json()["not_ended"] == [
        {"conversation_id": "talk-1", "state": "received"}
    ]


def test_a_hold_forbids_it_until_it_is_lifted(door: Door) -> None:
    live(door.context)
    made = door.client.post("/v1/holds", json={"customer_id": CAROL, "reason": "claim 9"}, headers=root())
    assert made.status_code == 200, made.text
    again = door.client.post("/v1/holds", json={"customer_id": CAROL, "reason": "claim 9"}, headers=root())
    assert again.json() == made.json()
    refused = door.client.post(ERASURE, json=WHY, headers=root())
    assert refused.status_code == 409 and refused.json()["type"].endswith(":under_hold")
    assert made.json()["id"] in refused.json()["detail"] and "claim 9" in refused.json()["detail"]

    [listed] = door.client.get("/v1/holds", headers=root()).json()["items"]
    assert listed == made.json()
    lifted = door.client.post(f"/v1/holds/{listed['id']}/lift", headers=root())
    assert lifted.json()["lifted_by"] == "root"
    assert door.client.post(f"/v1/holds/{listed['id']}/lift", headers=root()).status_code == 409
    assert door.client.post(ERASURE, json=WHY, headers=root()).status_code == 200
    assert CAROL not in everything(door.context)


def test_a_hold_on_one_conversation_protects_its_customer(door: Door) -> None:
    live(door.context)
    live(door.context, DAVE, "talk-2", "unsure card_lost a violet bicycle")
    door.client.post("/v1/holds", json={"conversation_id": "talk-1", **WHY}, headers=root())
    assert door.client.post(ERASURE, json=WHY, headers=root()).status_code == 409
    assert door.client.post(f"/v1/customers/{DAVE}/erasure", json=WHY, headers=root()).status_code == 200


def test_a_wrong_hold_is_told_what_is_allowed(door: Door) -> None:
    neither = door.client.post("/v1/holds", json=WHY, headers=root())
    unknown = door.client.post("/v1/holds", json={"conversation_id": "nobody", **WHY}, headers=root())
    assert neither.status_code == 422 and "one conversation_id" in neither.json()["detail"]
    assert unknown.status_code == 404
    assert door.client.post("/v1/holds/nobody/lift", headers=root()).status_code == 404
    assert door.client.get("/v1/erasures/nobody", headers=root()).status_code == 404


def test_the_access_log_names_no_customer() -> None:
    args = ("1.2.3.4:5", "POST", f"{ERASURE}?x=1", "1.1", 200)
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, "%s %s %s %s %s", args, None)
    assert PathsOnly().filter(record)
    assert record.args == ("1.2.3.4:5", "POST", "/v1/customers/-/erasure", "1.1", 200)
