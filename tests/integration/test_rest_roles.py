"""Every route and every role: who gets in, who does not, and what a COp may touch."""

from pathlib import Path

import pytest
from rest_door import Door, bearer, make_door, write_tokens

from api.guard import GuardedRoute, guarded_router
from api.rest import ROUTERS
from api.roles import ACCESS, OPEN, Role

HOLDERS = {Role.SERVICE: "robot", Role.COP: "ada", Role.MANAGER: "mona", Role.ADMIN: "root"}
IDS = {
    "conversation_id": "no-such",
    "cop_id": "ada",
    "offer_id": "no-such",
    "assignment_id": "no-such",
    "review_id": "no-such",
    "proposal_id": "no-such",
    "override_id": "no-such",
    "customer_id": "no-such",
    "erasure_id": "no-such",
    "hold_id": "no-such",
    "version": "no-such",
}


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return make_door(write_tokens(tmp_path / "tokens.toml"))


def made_routes() -> set[tuple[str, str]]:
    routes = [route for router in ROUTERS for route in router.routes if isinstance(route, GuardedRoute)]
    return {(method, route.path) for route in routes for method in route.methods or ()}


def test_the_table_of_roles_and_the_routes_name_the_same():
    assert made_routes() == set(ACCESS) | OPEN


def test_every_route_of_every_router_is_guarded():
    assert all(isinstance(route, GuardedRoute) for router in ROUTERS for route in router.routes)


def test_a_route_that_the_table_does_not_list_cannot_be_made():
    router = guarded_router("new")
    with pytest.raises(LookupError, match=r"/v1/secrets has no roles"):
        router.get("/v1/secrets")(lambda: None)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("route", sorted(ACCESS), ids=" ".join)
def test_a_role_reaches_exactly_the_routes_the_table_gives_it(door: Door, route: tuple[str, str], role: Role):
    door.app.state.stopping.set()  # an admitted event stream ends at once
    method, path = route
    reply = door.client.request(method, path.format(**IDS), headers=bearer(HOLDERS[role]))
    assert (reply.status_code == 403) == (role not in ACCESS[route]), reply.text
    assert reply.status_code != 401


@pytest.mark.parametrize("route", sorted(ACCESS), ids=" ".join)
@pytest.mark.parametrize(
    "header",
    [{}, {"Authorization": "Bearer guess"}, {"Authorization": "Basic cm9vdDpyb290"}, {"Authorization": "Bearer "}],
)
def test_without_a_known_bearer_token_no_route_lets_anybody_in(
    door: Door, route: tuple[str, str], header: dict[str, str]
):
    method, path = route
    reply = door.client.request(method, path.format(**IDS), headers=header)
    assert reply.status_code == 401
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")
    assert reply.json()["type"] == "urn:pointsman:problem:unauthenticated"


def test_a_stranger_learns_nothing_from_a_broken_body(door: Door):
    reply = door.client.post("/v1/conversations", content=b"{broken", headers={"Content-Type": "application/json"})
    assert reply.status_code == 401


@pytest.mark.parametrize("route", sorted(OPEN), ids=" ".join)
def test_probes_need_no_token(door: Door, route: tuple[str, str]):
    assert door.client.request(*route).status_code == 200


def test_a_cop_reaches_their_own_desk(door: Door):
    assert door.client.get("/v1/cops/ada/offers", headers=bearer("ada")).status_code == 200
    reply = door.client.put("/v1/cops/ada/presence", json={"presence": "away"}, headers=bearer("ada"))
    assert reply.json()["presence"] == "away"


@pytest.mark.parametrize("cop_id", ["ada", "nobody"])
@pytest.mark.parametrize("what", ["offers", "assignments"])
def test_a_colleagues_desk_looks_like_nobodys(door: Door, cop_id: str, what: str):
    reply = door.client.get(f"/v1/cops/{cop_id}/{what}", headers=bearer("ben"))
    assert (reply.status_code, reply.json()["type"]) == (404, "urn:pointsman:problem:not_found")


def test_a_cop_cannot_send_a_colleague_home(door: Door):
    door.available("ada")
    reply = door.client.put("/v1/cops/ada/presence", json={"presence": "offline"}, headers=bearer("ben"))
    assert reply.status_code == 404
    cops = door.client.get("/v1/cops", headers=bearer("mona")).json()["items"]
    assert {cop["id"]: cop["status"]["presence"] for cop in cops}["ada"] == "available"


@pytest.mark.parametrize("step", ["accept", "decline"])
def test_an_offer_to_a_colleague_looks_like_none(door: Door, step: str):
    offer = door.offered("ada")
    theirs = door.client.post(f"/v1/offers/{offer['id']}/{step}", headers=bearer("ben"))
    nobodys = door.client.post(f"/v1/offers/no-such/{step}", headers=bearer("ben"))
    assert (theirs.status_code, nobodys.status_code) == (404, 404)
    assert theirs.json()["title"] == nobodys.json()["title"]
    assert theirs.json()["detail"].replace(offer["id"], "no-such") == nobodys.json()["detail"]


def test_work_of_a_colleague_looks_like_none(door: Door):
    offer = door.offered("ada")
    work = door.client.post(f"/v1/offers/{offer['id']}/accept", headers=bearer("ada")).json()
    wrap_up = {"disposition": "resolved", "handle_time_seconds": 60}
    reply = door.client.post(f"/v1/assignments/{work['id']}/wrap-up", json=wrap_up, headers=bearer("ben"))
    assert reply.status_code == 404
    reply = door.client.post(f"/v1/assignments/{work['id']}/transfer", json={"reason": "mine"}, headers=bearer("ben"))
    assert reply.status_code == 404


@pytest.mark.parametrize("view", ["", "/explanation"])
def test_a_cop_sees_a_conversation_while_it_is_offered_to_them(door: Door, view: str):
    offer = door.offered("ada")
    path = f"/v1/conversations/{offer['conversation_id']}{view}"
    assert door.client.get(path, headers=bearer("ada")).status_code == 200
    assert door.client.get(path, headers=bearer("ben")).status_code == 404


@pytest.mark.parametrize("view", ["", "/explanation"])
def test_a_cop_no_longer_sees_a_conversation_they_declined(door: Door, view: str):
    offer = door.offered("ada")
    door.client.post(f"/v1/offers/{offer['id']}/decline", headers=bearer("ada"))
    reply = door.client.get(f"/v1/conversations/{offer['conversation_id']}{view}", headers=bearer("ada"))
    assert reply.status_code == 404


def test_a_cop_still_sees_a_conversation_they_wrapped_up(door: Door):
    offer = door.offered("ada")
    work = door.client.post(f"/v1/offers/{offer['id']}/accept", headers=bearer("ada")).json()
    wrap_up = {"disposition": "resolved", "handle_time_seconds": 60}
    door.client.post(f"/v1/assignments/{work['id']}/wrap-up", json=wrap_up, headers=bearer("ada"))
    reply = door.client.get(f"/v1/conversations/{offer['conversation_id']}", headers=bearer("ada"))
    assert reply.json()["state"] == "closed"


def test_a_conversation_a_cop_may_not_see_looks_like_none(door: Door):
    hidden = door.begin()
    theirs = door.client.get(f"/v1/conversations/{hidden}", headers=bearer("ben")).json()
    nobodys = door.client.get("/v1/conversations/no-such", headers=bearer("ben")).json()
    assert theirs["detail"].replace(hidden, "no-such") == nobodys["detail"]
