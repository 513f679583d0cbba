"""A small good pack as plain data, and a writer that puts it into files."""

import copy
import json
import math
from collections.abc import Callable
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest

Files = dict[str, dict[str, Any]]

EVERY_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def issue_type(key: str, skill: str, topic: str) -> dict[str, Any]:
    return {
        "key": key,
        "name": key.replace("_", " ").capitalize(),
        "description": f"Everything about {topic}.",
        "skill": skill,
        "priority": 3,
        "service_target": {"share": 0.8, "seconds": 180},
        "handle_time_seconds": 300,
        "vulnerable": False,
        "fraud": False,
        "examples": [f"{topic} question {number}" for number in range(20)],
        "held_out": [f"{topic} unseen {number}" for number in range(5)],
    }


def market(key: str, languages: list[str]) -> dict[str, Any]:
    return {
        "key": key,
        "name": key.upper(),
        "languages": languages,
        "time_zone": "Europe/London",
        "matching_group": "islands",
        "opening": {"days": ["mon", "tue"], "start": "09:00", "end": "17:00"},
    }


def cop(id: str, markets: list[str], languages: dict[str, float]) -> dict[str, Any]:
    return {
        "id": id,
        "name": id.title(),
        "team": "Blue",
        "markets": markets,
        "languages": languages,
        "skills": {"cards": 0.9, "payments": 0.5},
        "capacity": {"chat": 3, "email": 4},
        "shift": {"days": EVERY_DAY, "start": "08:00", "end": "18:00", "time_zone": "Europe/London"},
    }


GOOD: Files = {
    "floor.toml": {
        "market": [market("gb", ["en", "cy"]), market("ie", ["en"])],
        "cop": [cop("ann", ["gb", "ie"], {"en": 1.0}), cop("bea", ["gb"], {"en": 1.0, "cy": 0.7})],
    },
    "taxonomy/cards.toml": {
        "family": {"key": "cards", "name": "Cards"},
        "issue_type": [
            issue_type("card_lost", "cards", "lost card"),
            issue_type("card_late", "cards", "late card"),
        ],
    },
    "taxonomy/payments.toml": {
        "family": {"key": "payments", "name": "Payments"},
        "issue_type": [issue_type("transfer_failed", "payments", "failed transfer")],
    },
    "outside.toml": {
        "outside": [
            {
                "topic": "pets",
                "kind": "far",
                "calibration": [f"my dog {number}" for number in range(100)],
                "held_out": [f"my cat {number}" for number in range(100)],
            }
        ]
    },
}


def toml_value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and not math.isfinite(value):
        return {"inf": "inf", "-inf": "-inf"}.get(str(value), "nan")
    if isinstance(value, list):
        return "[" + ", ".join(map(toml_value, value)) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{toml_text(key)} = {toml_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, date | time):
        return value.isoformat()
    return toml_text(value) if isinstance(value, str) else repr(value)


def toml_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def toml_document(data: dict[str, Any]) -> str:
    lines = [f"{toml_text(key)} = {toml_value(value)}" for key, value in data.items() if not is_tables(value)]
    for key, tables in ((key, value) for key, value in data.items() if is_tables(value)):
        for table in tables:
            lines += [f"[[{toml_text(key)}]]", *(f"{toml_text(k)} = {toml_value(v)}" for k, v in table.items())]
    return "\n".join(lines) + "\n"


def write_files(folder: Path, files: Files) -> Path:
    for name, data in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(toml_document(data), encoding="utf-8")
    return folder


@pytest.fixture
def files() -> Files:
    """The good pack as data: file -> content, free to change."""
    return copy.deepcopy(GOOD)


@pytest.fixture(scope="session")
def good_files() -> Callable[[], Files]:
    """Makes the good pack's data anew: for tests that change it many times."""
    return lambda: copy.deepcopy(GOOD)


@pytest.fixture(scope="session")
def write() -> Callable[[Path, Files], Path]:
    """Writes such data into a folder as TOML."""
    return write_files


@pytest.fixture
def folder(tmp_path: Path, files: Files) -> Path:
    """The good pack, written."""
    return write_files(tmp_path / "pack", files)
