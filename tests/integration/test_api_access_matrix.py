"""Every route of the application x role x market: generated from the routes, so that none can be forgotten."""

import pytest
from fastapi import APIRouter
from starlette.routing import Mount
from two_markets import HOLDERS, NOBODYS, OURS, Gatehouse, Holder, ids_of, routes_of

from api.console.access import ConsoleRoute, console_router
from api.gate import OBJECTS
from api.guard import GuardedRoute, guarded_router
from api.roles import CONSOLE, CONSOLE_OPEN, OPEN, RULES, Reach, Route, Rule

STATIC = frozenset({("MOUNT", "/console/static")})
ALL: dict[Route, Rule] = {**RULES, **CONSOLE}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Gatehouse:
    return Gatehouse(tmp_path_factory.mktemp("house"))


def test_the_table_of_rules_and_the_application_name_the_same_routes(house: Gatehouse) -> None:
    made = {route for route, _ in routes_of(house.app.routes)}
    assert made == set(RULES) | OPEN | set(CONSOLE) | CONSOLE_OPEN | STATIC


def test_every_route_with_a_rule_stands_behind_its_guard(house: Gatehouse) -> None:
    for route, answers in routes_of(house.app.routes):
        if route in RULES or route in OPEN:
            assert isinstance(answers, GuardedRoute), route
        elif route in CONSOLE:
            assert isinstance(answers, ConsoleRoute), route
        else:
            assert route in CONSOLE_OPEN or isinstance(answers, Mount), route


@pytest.mark.parametrize("router", [guarded_router("new"), console_router()], ids=["rest", "console"])
def test_a_route_without_a_rule_cannot_be_made(router: APIRouter) -> None:
    with pytest.raises(LookupError, match=r"api/roles\.py"):
        router.get("/v1/secrets")(lambda: None)


@pytest.mark.parametrize("router", [guarded_router("new"), console_router()], ids=["rest", "console"])
def test_a_route_whose_object_s_market_nobody_can_tell_cannot_be_made(
    router: APIRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = Rule(frozenset(), Reach.OWN)
    monkeypatch.setitem(RULES, ("GET", "/v1/wishes/{wish_id}"), rule)  # type: ignore[arg-type]
    monkeypatch.setitem(CONSOLE, ("GET", "/v1/wishes/{wish_id}"), rule)  # type: ignore[arg-type]
    with pytest.raises(LookupError, match="wish_id"):
        router.get("/v1/wishes/{wish_id}")(lambda: None)


def named(path: str) -> set[str]:
    return {name for name in OBJECTS if f"{{{name}}}" in path}


def expected(rule: Rule, holder: Holder | None, path: str) -> int | None:
    """The refusal a cell must get; None where it must not be refused."""
    if holder is None:
        return 401
    if holder.role not in rule.roles:
        return 403
    if rule.reach is Reach.WHOLE and holder.scope != "every":
        return 403
    elsewhere = holder.scope in ("theirs", "neither")
    return 404 if rule.reach is Reach.OWN and named(path) and elsewhere else None


@pytest.mark.parametrize("route", sorted(ALL), ids=" ".join)
def test_each_role_reaches_each_route_in_its_own_markets_and_nowhere_else(house: Gatehouse, route: Route) -> None:
    method, path = route
    for holder in (None, *HOLDERS):
        house.renew()
        client = house.visitor(holder, console=route in CONSOLE)
        reply = client.request(method, path.format(**ids_of(OURS)))
        wanted = expected(ALL[route], holder, path)
        cell = (route, holder, reply.status_code, reply.text[:200])
        if wanted == 401 and path == "/":
            assert (reply.status_code, reply.headers["location"]) == (303, "/sign-in"), cell
        elif wanted is not None:
            assert reply.status_code == wanted, cell
        else:
            refused = {401, 403, 404} if named(path) else {401, 403}
            assert reply.status_code not in refused | {500}, cell


@pytest.mark.parametrize("route", [route for route in sorted(ALL) if named(route[1])], ids=" ".join)
def test_another_market_s_object_answers_as_one_that_does_not_exist(house: Gatehouse, route: Route) -> None:
    method, path = route
    for holder in (each for each in HOLDERS if each.scope == "theirs" and each.role in ALL[route].roles):
        heard = []
        for ids in (ids_of(OURS), NOBODYS):
            house.renew()
            client = house.visitor(holder, console=route in CONSOLE)
            reply = client.request(method, path.format(**ids), headers={"X-Request-ID": "same"})
            content = reply.text
            for name in named(path):
                content = content.replace(ids[name], "ID")
            kept = {key: value for key, value in reply.headers.items() if key != "content-length"}
            heard.append((reply.status_code, content, kept))
        assert heard[0] == heard[1], (route, holder)


def test_how_many_cells_that_is() -> None:
    print(f"{len(ALL)} routes x {len(HOLDERS) + 1} callers = {len(ALL) * (len(HOLDERS) + 1)} cells")
    assert len(ALL) * (len(HOLDERS) + 1) >= 700
