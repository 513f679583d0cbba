"""Changes for now over REST: begun, listed, undone, refused by their place."""

from pathlib import Path
from typing import Any

import pytest
from rest_door import Door, bearer, make_door, write_tokens

MOVE = {"kind": "move_cop", "minutes": 30, "reason": "a storm", "cop_id": "ada", "market": "ie"}


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return make_door(write_tokens(tmp_path / "tokens.toml"))


def post(door: Door, path: str, body: Any = None, **headers: str) -> Any:
    return door.client.post(path, json=body, headers=bearer("mona") | headers)


def listed(door: Door) -> list[dict[str, Any]]:
    return list(door.client.get("/v1/overrides", headers=bearer("mona")).json()["items"])


def test_a_change_is_begun_listed_and_undone(door: Door) -> None:
    reply = post(door, "/v1/overrides", MOVE)
    assert reply.status_code == 201
    assert [(each["id"], each["by"], each["cop_id"]) for each in listed(door)] == [(reply.json()["id"], "mona", "ada")]
    undone = post(door, f"/v1/overrides/{reply.json()['id']}/undo")
    assert (undone.status_code, undone.json()["undone_by"]) == (200, "mona")
    assert listed(door) == []
    assert post(door, f"/v1/overrides/{reply.json()['id']}/undo").status_code == 409


def test_the_same_request_with_its_key_begins_one_change(door: Door) -> None:
    replies = [post(door, "/v1/overrides", MOVE, **{"Idempotency-Key": "k"}).json()["id"] for _ in range(2)]
    assert replies[0] == replies[1]
    assert len(listed(door)) == 1


@pytest.mark.parametrize("wrong", [{"market": "atlantis"}, {"cop_id": "nobody"}, {"minutes": 0}, {"kind": "fire"}])
def test_what_cannot_be_is_refused(door: Door, wrong: dict[str, Any]) -> None:
    assert post(door, "/v1/overrides", MOVE | wrong).status_code == 422
    assert listed(door) == []


def test_a_change_that_does_not_exist_is_not_found(door: Door) -> None:
    assert post(door, "/v1/overrides/no-such/undo").status_code == 404
