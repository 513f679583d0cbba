"""The contract and the guide say what the code does: the OpenAPI document, docs/api.md's examples and tables."""

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from rest_door import Door, bearer, make_door, write_tokens

from api.errors import STATUS
from api.openapi import FILE, document
from api.roles import ACCESS, OPEN, RULES, Role

# The guide speaks of the starter pack's market, the tests of their own small pack's.
GUIDE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8").replace('"gb"', '"uk"')
EXAMPLE = re.compile(r"```sh\n# (?P<expected>[^\n]*)\n(?P<command>.*?)```", re.DOTALL)
CONTRACT = json.loads(document())


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return make_door(write_tokens(tmp_path / "tokens.toml"))


def table_after(heading: str) -> Iterator[list[str]]:
    rows = GUIDE.split(heading, 1)[1].split("| --- |", 1)[1].splitlines()[1:]
    for row in rows:
        if not row.startswith("|"):
            return
        yield [cell.strip() for cell in row.strip("|").split("|")]


def shape(contract: Any) -> Any:
    """What a client depends on, without the wording that differs between releases of FastAPI and pydantic."""
    operations = {
        (method, path): (
            sorted((p["name"], p["in"], p.get("required", False)) for p in operation.get("parameters", ())),
            sorted(operation["responses"]),
            operation["summary"],
        )
        for path, methods in contract["paths"].items()
        for method, operation in methods.items()
    }
    schemas = {
        name: (sorted(schema.get("properties", ())), sorted(schema.get("required", ())), schema.get("enum"))
        for name, schema in contract["components"]["schemas"].items()
    }
    return operations, schemas


def test_the_exported_contract_is_current():
    assert shape(json.loads(FILE.read_text(encoding="utf-8"))) == shape(CONTRACT), "run `python -m api.openapi`"


def test_the_contract_lists_every_route_with_its_roles():
    listed = {
        (method.upper(), path): frozenset(operation.get("x-roles", ()))
        for path, operations in CONTRACT["paths"].items()
        for method, operation in operations.items()
    }
    expected = {**ACCESS, **dict.fromkeys(OPEN, frozenset())}
    expected.pop(("GET", "/openapi.json"))
    assert listed == expected


def test_every_operation_that_changes_something_takes_an_idempotency_key():
    for path, operations in CONTRACT["paths"].items():
        for method, operation in operations.items():
            names = {parameter["name"] for parameter in operation.get("parameters", ())}
            looks = path == "/v1/triage" or path.endswith("/preview")
            assert ("Idempotency-Key" in names) == (method in ("post", "put") and not looks), (method, path)


def test_every_operation_says_what_a_refusal_looks_like():
    for operations in CONTRACT["paths"].values():
        for operation in operations.values():
            assert "application/problem+json" in operation["responses"]["422"]["content"]


def test_the_served_contract_is_the_exported_one(door: Door):
    assert door.client.get("/openapi.json", headers=bearer("ada")).json() == CONTRACT


def test_no_foreign_script_is_loaded_for_documentation(door: Door):
    assert {door.client.get(path, headers=bearer("root")).status_code for path in ("/docs", "/redoc")} == {404}


def test_the_guides_table_of_roles_is_the_codes():
    written = {row[0].strip("`"): row[1:] for row in table_after("## Tokens and roles")}
    for (method, path), rule in RULES.items():
        admitted = ["yes" if role in rule.roles else "" for role in Role]
        assert written.pop(f"{method} {path}") == [*admitted, str(rule.reach)]
    assert set(written) == {" ".join(route) for route in OPEN}


def test_the_guides_table_of_problems_is_the_codes():
    written = {
        (int(status), code)
        for status, codes in table_after("## When something is wrong")
        for code in re.findall("`([a-z_]+)`", codes)
    }
    codes = {(status, getattr(kind, "code", "invalid_request")) for kind, (status, _) in STATUS.items()}
    assert codes <= written


def resolve(schema: Any) -> Any:
    return {**schema, "components": CONTRACT["components"]}


def request_of(command: str) -> tuple[str, str, dict[str, str], str | None]:
    words = shlex.split(command.replace("\\\n", " "))
    headers, method, url, data = {}, None, "", None
    given = iter(words[1:])
    for word in given:
        if word == "-H":
            name, _, value = next(given).partition(": ")
            headers[name] = value
        elif word == "-d":
            data = next(given)
        elif word == "-X":
            method = next(given)
        elif word != "-N":
            url = word
    return method or ("POST" if data is not None else "GET"), url, headers, data


def pick(content: Any, place: str) -> str:
    for step in place.split("."):
        content = content[int(step)] if step.isdigit() else content[step]
    return str(content)


def schema_of(method: str, url: str, status: int) -> Any:
    path = url.split("?", maxsplit=1)[0]
    for template, operations in CONTRACT["paths"].items():
        if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", template), path) and method.lower() in operations:
            return operations[method.lower()]["responses"][str(status)]["content"]["application/json"]["schema"]
    raise LookupError(url)


def test_the_guides_examples_work_as_written_and_answer_as_the_contract_says(door: Door):
    door.in_review()
    known = {"URL": "", "TOKEN": "token-of-root", "COP": "ada"}
    examples = list(EXAMPLE.finditer(GUIDE))
    assert len(examples) >= 14
    for example in examples:
        command = re.sub(r"\$([A-Z]+)", lambda name: known[name[1]], example["command"])
        method, url, headers, data = request_of(command)
        expected, _, learned = example["expected"].partition(" ")
        if expected == "stream":
            door.app.state.stopping.set()
            assert door.client.request(method, url, headers=headers).text.startswith("retry:")
            continue
        reply = door.client.request(method, url, headers=headers, content=data)
        assert reply.status_code == int(expected), (command, reply.text)
        Draft202012Validator(resolve(schema_of(method, url, reply.status_code))).validate(reply.json())
        if learned:
            name, place = learned.split("=")
            known[name] = pick(reply.json(), place)
        door.understand()
        door.match()
