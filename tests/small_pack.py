"""Packs of a few issue types, written as files a team could have edited."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from routing.adapters.pack import load_pack

ALL_DAYS = '["mon", "tue", "wed", "thu", "fri", "sat", "sun"]'
ALWAYS = f'{{ days = {ALL_DAYS}, start = "00:00", end = "24:00" }}'


@dataclass(frozen=True)
class Messages:
    """What customers write about one issue type: to learn from, and to judge by."""

    examples: Sequence[str]
    held_out: Sequence[str]


Families = Mapping[str, Mapping[str, Messages]]
"""family (and skill) -> issue type -> messages"""


def write_pack(folder: Path, families: Families, cops: Sequence[str], outside: Sequence[str] = ()) -> Path:
    """A pack with one market and COps who can everything, at every hour."""
    (folder / "taxonomy").mkdir(parents=True)
    for family, types in families.items():
        body = "\n".join(_issue_type(key, family, messages) for key, messages in types.items())
        (folder / "taxonomy" / f"{family}.toml").write_text(f'[family]\nkey = "{family}"\nname = "{family}"\n{body}')
    (folder / "floor.toml").write_text(_floor(cops, tuple(families)))
    calibration, held_out = outside[::2], outside[1::2]
    if outside:
        (folder / "outside.toml").write_text(f"calibration = {_texts(calibration)}\nheld_out = {_texts(held_out)}\n")
    return folder


def starter_families(types_a_family: int = 2, families: int = 6, most: int = 100) -> dict[str, dict[str, Messages]]:
    """The first issue types of the starter pack's first families."""
    pack = load_pack(None)
    found: dict[str, dict[str, Messages]] = {}
    for key, issue_type in pack.taxonomy.issue_types.items():
        family = found.setdefault(issue_type.family, {})
        if len(family) < types_a_family and len(found) <= families:
            taught = [text for text, label in pack.training_examples if label == key][:most]
            judged = [text for text, label in pack.held_out_examples if label == key]
            family[key] = Messages(taught, judged)
    return {family: types for family, types in found.items() if types}


def held_out(families: Families) -> list[tuple[str, str]]:
    """(text, issue type) of every message nobody trained on, type by type."""
    return [(text, key) for types in families.values() for key, found in types.items() for text in found.held_out]


def _issue_type(key: str, skill: str, messages: Messages) -> str:
    return f"""
[[issue_type]]
key = "{key}"
name = "{key}"
description = "What customers of the test write about {key}."
skill = "{skill}"
priority = 3
service_target = {{ share = 0.8, seconds = 120 }}
handle_time_seconds = 300
examples = {_texts(messages.examples)}
held_out = {_texts(messages.held_out)}
"""


def _floor(cops: Sequence[str], skills: Sequence[str]) -> str:
    market = f"""[[market]]
key = "gb"
name = "United Kingdom"
languages = ["en"]
time_zone = "Europe/London"
matching_group = "uk"
opening = {ALWAYS}
"""
    return market + "".join(_cop(id, skills) for id in cops)


def _cop(id: str, skills: Sequence[str]) -> str:
    can = ", ".join(f"{skill} = 0.9" for skill in skills)
    return f"""
[[cop]]
id = "{id}"
name = "{id}"
team = "Test"
markets = ["gb"]
languages = {{ en = 1.0 }}
skills = {{ {can} }}
capacity = {{ chat = 4 }}
shift = {{ days = {ALL_DAYS}, start = "00:00", end = "24:00", time_zone = "Europe/London" }}
"""


def _texts(texts: Sequence[str]) -> str:
    # JSON's strings are TOML's, once every character is written as itself.
    return json.dumps(list(texts), ensure_ascii=False)
