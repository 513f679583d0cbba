"""Markets are a boundary: whatever somebody of one market asks, in path, query or body, tells nothing of another."""

import base64
import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import params
from fastapi.dependencies.utils import get_flat_params
from two_markets import HOLDERS, OURS, SECRET, THEIRS, Gatehouse, Holder, ids_of, routes_of, told

from api.app import contract, routes
from api.roles import CONSOLE, RULES, Reach, Role

MANAGER, SERVICE = Holder(Role.MANAGER, "theirs"), Holder(Role.SERVICE, "theirs")
OUR_IDS = (*ids_of(OURS).values(), f"working-{OURS}", f"review-{OURS}", f"lapsed-{OURS}", f"re-lapsed-{OURS}", OURS)
QUERY_NAMES = ("market", "customer_id", "cop_id", "conversation", "selected", "conversation_id", "id", "model", "state")


@pytest.fixture
def house(tmp_path: Any) -> Gatehouse:
    return Gatehouse(tmp_path)


def cursor(kind: str, mark: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([kind, mark]).encode()).decode().rstrip("=")


def taken(route: Any) -> list[str]:
    """The names in a query that a route reads."""
    others = (params.Path, params.Header, params.Cookie)
    return [field.alias for field in get_flat_params(route.dependant) if not isinstance(field.field_info, others)]


def queries(names: list[str]) -> Iterator[dict[str, str]]:
    """Nothing; each of our ids under each name that is read, and under all that are not at once; forged places."""
    yield {}
    yield from ({name: id} for name, id in itertools.product(names, OUR_IDS))
    yield from (dict.fromkeys({*QUERY_NAMES} - {*names}, id) for id in OUR_IDS)
    if "cursor" in names:
        yield from ({"cursor": cursor(kind, id)} for kind in ("conversations", "cops") for id in OUR_IDS)
        yield from ({"cursor": cursor("reviews", f"{value} {id}")} for value in (-9e9, 0, 9e9) for id in OUR_IDS)
    yield {"state": "lapsed"}
    yield {"after": "0"}


def test_no_page_of_any_kind_says_a_word_of_another_market(house: Gatehouse) -> None:
    asked, served = 0, dict(routes_of(house.app.routes))
    for (method, path), rule in (*RULES.items(), *CONSOLE.items()):
        if method != "GET" or rule.reach is Reach.WHOLE:
            continue
        holder, names = MANAGER if Role.MANAGER in rule.roles else SERVICE, taken(served[method, path])
        client = house.visitor(holder, console=(method, path) in CONSOLE)
        for query, id in itertools.product(queries(names), (THEIRS, OURS) if "{" in path else (THEIRS,)):
            reply = client.get(path.format(**ids_of(id)), params=query)
            assert SECRET not in told(reply), (path, query, id)
            assert reply.status_code < 500, (path, query, reply.text)
            asked += 1
    print(f"{asked} requests, 0 leaks")
    assert asked > 1_500


def test_the_word_is_really_there_for_those_who_may_read_it(house: Gatehouse) -> None:
    every = Holder(Role.MANAGER, "ours")
    for path in ("/v1/conversations/{conversation_id}", "/v1/reviews", "/v1/cops", "/v1/cops/{cop_id}/offers"):
        assert SECRET in house.visitor(every).get(path.format(**ids_of(OURS))).text, path
    for path in ("/", "/console/queue", "/console/reviews/{review_id}/similar", "/console/floor"):
        assert SECRET in house.visitor(every, console=True).get(path.format(**ids_of(OURS))).text, path


def bodies() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, path of their own object, a body that names one of ours)."""
    text = {"text": "hello card_lost"}
    yield "POST", "/v1/conversations", {**text, "market": OURS}
    yield "POST", "/v1/triage", {**text, "market": OURS}
    for id in (ids_of(OURS)["conversation_id"], f"working-{OURS}", f"review-{OURS}"):
        yield "POST", "/v1/conversations", {**text, "market": THEIRS, "id": id}


@pytest.mark.parametrize(("method", "path", "body"), list(bodies()), ids=lambda value: str(value)[:60])
@pytest.mark.parametrize("key", [None, "key-1"])
def test_a_body_that_names_another_market_changes_nothing_and_tells_nothing(
    house: Gatehouse, method: str, path: str, body: dict[str, Any], key: str | None
) -> None:
    before = snapshot(house)
    headers = {} if key is None else {"Idempotency-Key": key}
    reply = house.visitor(SERVICE).request(method, path, json=body, headers=headers)
    assert reply.status_code in (404, 422), reply.text
    assert SECRET not in told(reply)
    assert OURS not in [each.get("allowed") for each in reply.json().get("errors", [])]
    assert snapshot(house) == before


def test_a_market_of_others_and_one_of_nobody_s_are_refused_in_the_same_words(house: Gatehouse) -> None:
    client, heard = house.visitor(SERVICE), []
    for market in (OURS, "xx"):
        reply = client.post(
            "/v1/conversations", json={"text": "hi", "market": market}, headers={"X-Request-ID": "same"}
        )
        heard.append((reply.status_code, reply.text.replace(f'"{market}"', '"M"').replace(f"'{market}'", "'M'")))
    assert heard[0] == heard[1]


def test_a_cursor_made_up_of_another_market_s_id_tells_nothing_of_it(house: Gatehouse) -> None:
    client, heard = house.visitor(MANAGER), []
    for id in (ids_of(OURS)["conversation_id"], "no-such"):
        mark = cursor("conversations", id)
        reply = client.get("/v1/conversations", params={"cursor": mark}, headers={"X-Request-ID": "same"})
        heard.append((reply.status_code, reply.text.replace(id, "ID")))
    assert heard[0] == heard[1]
    assert heard[0][0] == 404


@pytest.mark.parametrize("wanted", [ids_of(OURS)["review_id"], f"re-lapsed-{OURS}"])
@pytest.mark.parametrize("step", ["verdict", "skip"])
def test_the_console_s_next_item_is_never_another_market_s(house: Gatehouse, step: str, wanted: str) -> None:
    mine = ids_of(THEIRS)["review_id"]
    client = house.visitor(MANAGER, console=True)
    client.post(f"/console/reviews/{mine}/claim")
    reply = client.post(f"/console/reviews/{mine}/{step}", data={"issue_type": "card_lost", "next": wanted})
    assert reply.status_code == 200
    assert SECRET not in told(reply)
    ours = house.visitor(Holder(Role.MANAGER, "ours")).get("/v1/reviews", params={"state": ["open", "claimed"]}).json()
    assert [item["holder"] for item in ours["items"]] == [None]


def test_a_reply_kept_under_a_key_is_not_given_to_whom_the_object_does_not_exist_for(house: Gatehouse) -> None:
    path = f"/v1/conversations/{ids_of(OURS)['conversation_id']}/abandon"
    kept = house.visitor(Holder(Role.SERVICE, "ours")).post(path, headers={"Idempotency-Key": "k"})
    assert kept.status_code == 200
    assert house.visitor(SERVICE).post(path, headers={"Idempotency-Key": "k"}).status_code == 404


def test_the_floor_of_one_market_counts_that_market_alone(house: Gatehouse) -> None:
    whole = house.visitor(Holder(Role.MANAGER, "every")).get("/v1/floor").json()
    theirs = house.visitor(MANAGER).get("/v1/floor").json()
    for counted in ("conversations", "reviews", "last_hour"):
        assert sum(theirs[counted].values()) <= sum(whole[counted].values()) / 2, counted
    assert (whole["pending_offers"], theirs["pending_offers"]) == (2, 1)
    assert (sum(whole["cops"].values()), sum(theirs["cops"].values())) == (2, 1)
    assert (len(whole["ticks"]), theirs["ticks"], theirs["checks"], theirs["outbox_pending"]) == (1, [], [], 0)


def test_the_console_offers_no_way_to_what_concerns_every_market(house: Gatehouse) -> None:
    ways = {
        scope: "/console/models" in house.visitor(Holder(Role.MANAGER, scope), console=True).get("/").text
        for scope in ("every", "ours")
    }
    assert ways == {"every": True, "ours": False}


def test_a_stream_of_one_market_carries_that_market_s_facts(house: Gatehouse) -> None:
    from api.stream import Feed

    context = house.service.context
    for market in (OURS, THEIRS):
        text = Feed(context, 0, house.app.state.stopping, frozenset({market})).read()
        assert (SECRET in text) == (market == OURS)
        assert f'"conversation_id": "co-{market}"' in text
    assert Feed(context, 0, house.app.state.stopping, frozenset()).read() == ""


def test_somebody_without_any_market_sees_nothing(house: Gatehouse) -> None:
    for role in Role:
        client = house.visitor(Holder(role, "neither"))
        for path in ("/v1/conversations", "/v1/reviews", "/v1/cops"):
            reply = client.get(path)
            assert reply.status_code == 403 or reply.json()["items"] == [], (role, path)


def test_the_contract_says_how_far_each_operation_reaches() -> None:
    for path, operations in contract(routes())["paths"].items():
        for method, operation in operations.items():
            rule = RULES.get((method.upper(), path))
            assert operation.get("x-markets") == (str(rule.reach) if rule else None)


def snapshot(house: Gatehouse) -> list[tuple[str, ...]]:
    """Every fact and every message there is."""
    with house.service.context.store.reading() as uow:
        events = [str(event) for event in uow.events.after(0, 10_000)]
        held = uow.conversations.messages_of([*OUR_IDS])
    return [tuple(events), *(tuple(map(str, messages)) for messages in held.values())]


def test_there_is_somebody_on_every_side() -> None:
    assert len(HOLDERS) == len(Role) * 4
