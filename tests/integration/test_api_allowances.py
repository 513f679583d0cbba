"""How much one caller may ask: requests in a while, bytes in a body, items in a list."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from rest_door import LOCAL, Door, bearer, make_door, make_service, write_tokens

from api.app import contract, create_app, routes
from api.gate import FAILURES, Gate
from api.middleware import LARGEST_BODY
from api.rate_limit import Allowance, Buckets
from routing.settings import Settings

BURST = 5
CONTRACT = contract(routes())


def limited(tmp_path: Path, **changes: Any) -> Door:
    settings = Settings(tokens_file=write_tokens(tmp_path / "tokens.toml"), requests_burst=BURST, **changes)
    service = make_service(settings)
    app = create_app(service)
    allowance = Allowance(service.settings.requests_per_second, service.settings.requests_burst)
    app.state.gate = Gate(app.state.gate.authenticator, allowance, Buckets(lambda: 0.0))
    return Door(service, app, TestClient(app, base_url=LOCAL, raise_server_exceptions=False))


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return limited(tmp_path, requests_per_second=0.01)


def test_beyond_its_burst_a_caller_is_told_when_to_go_on(door: Door) -> None:
    replies = [door.client.get("/v1/taxonomy", headers=bearer("robot")) for _ in range(BURST + 3)]
    assert [reply.status_code for reply in replies] == [200] * BURST + [429] * 3
    last = replies[-1]
    assert 1 <= int(last.headers["Retry-After"]) <= 100
    assert last.headers["Content-Type"] == "application/problem+json"
    assert last.json()["type"] == "urn:pointsman:problem:too_many_requests"


def test_the_others_go_on_meanwhile(door: Door) -> None:
    for _ in range(BURST + 3):
        door.client.get("/v1/taxonomy", headers=bearer("robot"))
    for name in ("ada", "mona", "root"):
        assert door.client.get("/v1/taxonomy", headers=bearer(name)).status_code == 200


def test_a_refused_request_is_not_carried_out(door: Door) -> None:
    for _ in range(BURST):
        door.client.get("/v1/taxonomy", headers=bearer("robot"))
    reply = door.client.post("/v1/conversations", json={"text": "hi", "market": "uk"}, headers=bearer("robot"))
    assert reply.status_code == 429
    assert door.client.get("/v1/conversations", headers=bearer("root")).json()["items"] == []


def test_an_allowance_of_its_own_lets_a_busy_system_through(tmp_path: Path) -> None:
    path = write_tokens(tmp_path / "tokens.toml")
    path.write_text(
        path.read_text().replace('roles = ["service"]\n', 'roles = ["service"]\nrequests_per_second = 50\n')
    )
    settings = Settings(tokens_file=path, requests_per_second=0.01, requests_burst=BURST)
    client = TestClient(create_app(make_service(settings)), base_url=LOCAL)
    assert {client.get("/v1/taxonomy", headers=bearer("robot")).status_code for _ in range(50)} == {200}


def test_the_console_counts_as_its_reader(door: Door) -> None:
    door.client.post("/sign-in", data={"token": "token-of-mona"})
    statuses = [door.client.get("/console/queue").status_code for _ in range(BURST + 2)]
    assert statuses[-1] == 429
    assert door.client.get("/v1/taxonomy", headers=bearer("mona")).status_code == 429
    assert door.client.get("/v1/taxonomy", headers=bearer("mick")).status_code == 200


@pytest.mark.parametrize("form", [False, True], ids=["header", "sign-in form"])
def test_guessing_tokens_is_slowed_and_keeps_nobody_out(tmp_path: Path, form: bool) -> None:
    door = limited(tmp_path)
    for number in range(int(FAILURES.burst) + 1):
        if form:
            reply = door.client.post("/sign-in", data={"token": f"guess-{number}"})
        else:
            reply = door.client.get("/v1/floor", headers={"Authorization": f"Bearer guess-{number}"})
    assert reply.status_code == 429
    assert door.client.get("/v1/floor", headers=bearer("mona")).status_code == 200


def test_probes_by_strangers_are_limited_too(door: Door) -> None:
    assert [door.client.get("/readyz").status_code for _ in range(BURST + 1)] == [200] * BURST + [429]


def test_on_this_machine_alone_nobody_is_limited() -> None:
    door = make_door()
    assert {door.client.get("/v1/taxonomy").status_code for _ in range(300)} == {200}


@pytest.mark.parametrize("extra", [0, 1])
def test_a_body_has_a_largest_size(tmp_path: Path, extra: int) -> None:
    door = limited(tmp_path)
    body = json.dumps({"text": "", "market": "uk"}).encode()
    body = body.replace(b'""', b'"' + b"x" * (LARGEST_BODY + extra - len(body)) + b'"')
    headers = {**bearer("robot"), "Content-Type": "application/json"}
    reply = door.client.post("/v1/conversations", content=body, headers=headers)
    assert reply.status_code == (413 if extra else 422)


def parts(schema: Any, place: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every schema inside a schema, with its place."""
    if isinstance(schema, list):
        return [each for number, item in enumerate(schema) for each in parts(item, f"{place}[{number}]")]
    if not isinstance(schema, dict):
        return []
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return parts(CONTRACT["components"]["schemas"][name], f"{place}<{name}>")
    inner = [each for name, value in schema.items() if name != "examples" for each in parts(value, f"{place}.{name}")]
    return [(place, schema), *inner]


def given() -> list[tuple[str, dict[str, Any]]]:
    """What callers send: bodies and parameters."""
    found = []
    for path, operations in CONTRACT["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", ()):
                found += parts(parameter["schema"], f"{method} {path} {parameter['name']}")
            found += parts(operation.get("requestBody", {}).get("content", {}), f"{method} {path} body")
    return found


def test_every_text_and_every_list_that_is_taken_in_has_a_largest_size() -> None:
    texts = [(place, schema) for place, schema in given() if schema.get("type") == "string" and "enum" not in schema]
    lists = [(place, schema) for place, schema in given() if schema.get("type") == "array"]
    assert len(texts) > 20
    assert len(lists) >= 3
    assert [place for place, schema in texts if "maxLength" not in schema and "const" not in schema] == []
    assert [place for place, schema in lists if "maxItems" not in schema] == []


def test_every_number_that_is_taken_in_has_bounds() -> None:
    numbers = [(place, schema) for place, schema in given() if schema.get("type") in ("integer", "number")]
    assert len(numbers) > 5
    assert [place for place, schema in numbers if "minimum" not in schema or "maximum" not in schema] == []


def test_no_body_takes_a_field_that_it_does_not_name() -> None:
    objects = [(place, schema) for place, schema in given() if schema.get("type") == "object" and " body" in place]
    assert [place for place, schema in objects if schema.get("additionalProperties") is not False] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (
            "/v1/assignments/a/wrap-up",
            {"disposition": "resolved", "handle_time_seconds": 1, "also_handled": ["x"] * 21},
        ),
        ("/v1/assignments/a/transfer", {"reason": "x" * 201}),
    ],
)
def test_a_list_or_a_text_that_is_too_long_is_refused_with_its_place(
    tmp_path: Path, path: str, body: dict[str, Any]
) -> None:
    reply = limited(tmp_path).client.post(path, json=body, headers=bearer("root"))
    assert reply.status_code == 422
    assert reply.json()["errors"][0]["place"].startswith("body.")
