"""The JSON Schema and the documentation say what the code does."""

import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from routing.adapters.pack import STARTER_FOLDER
from routing.adapters.pack.schema import json_schema, json_schema_text

DOCS = Path(__file__).parents[3] / "docs"


def fields() -> Iterator[tuple[str, str]]:
    for table, definition in json_schema()["$defs"].items():
        for field in definition["properties"]:
            yield table, field


def test_the_documented_schema_is_current() -> None:
    written = (DOCS / "schemas/pack.schema.json").read_text(encoding="utf-8")
    assert written == json_schema_text(), "copy pack.schema.json from a folder written by `pointsman init`"


def test_it_is_a_valid_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("file", sorted(STARTER_FOLDER.rglob("*.toml")), ids=lambda path: path.name)
def test_the_starter_files_fulfil_it(file: Path) -> None:
    jsonschema.validate(tomllib.loads(file.read_text(encoding="utf-8")), json_schema())


@pytest.mark.parametrize(
    ("file", "table", "field", "value"),
    [
        ("taxonomy/cards.toml", "issue_type", "priority", 6),
        ("taxonomy/cards.toml", "issue_type", "colour", "red"),
        ("taxonomy/cards.toml", "issue_type", "examples", []),
        ("floor.toml", "cop", "capacity", {"chat": 21}),
        ("floor.toml", "cop", "skills", {"cards": 2}),
        ("floor.toml", "market", "languages", ["english"]),
        ("outside.toml", "outside", "kind", "middle"),
    ],
)
def test_it_refuses_what_the_check_refuses(
    good_files: Callable[[], dict[str, Any]], file: str, table: str, field: str, value: object
) -> None:
    data = good_files()[file]
    data[table][0][field] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, json_schema())


@pytest.mark.parametrize(("table", "field"), list(fields()))
def test_every_field_is_documented_with_what_is_allowed(table: str, field: str) -> None:
    text = (DOCS / "pack.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|") and f"`{field}`" in line.split("|")[1]]
    description = json_schema()["$defs"][table]["properties"][field]["description"]
    assert any(description in row for row in rows), f"docs/pack.md lacks a row: | `{field}` | ... {description} |"


def test_the_schema_can_be_read_back() -> None:
    assert json.loads(json_schema_text()) == json_schema()
