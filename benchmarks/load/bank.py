"""The bank under load: a pack learnt from one half of labelled messages, customers who write the other half."""

import csv
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

ALL_DAYS = '["mon", "tue", "wed", "thu", "fri", "sat", "sun"]'
ALWAYS = f'{{ days = {ALL_DAYS}, start = "00:00", end = "24:00" }}'
TYPES_A_FAMILY = 11
HELD_OUT_EVERY = 10


@dataclass(frozen=True, slots=True)
class Bank:
    """The pack's folder, and what customers write: (text, issue type) of messages that nobody trained on."""

    pack: Path
    written: Sequence[tuple[str, str]]

    def customers(self) -> Iterator[tuple[str, str]]:
        """Messages without end; after all were written they come again."""
        return cycle(self.written)


def found_bank(messages: Path, folder: Path, cops: int, capacity: int) -> Bank:
    """Write a pack over the types of a text,category file: `cops` people, each with `capacity` chats at once."""
    taught, written = _halves(messages)
    types = sorted(taught)
    families = {
        f"family_{at // TYPES_A_FAMILY}": types[at : at + TYPES_A_FAMILY] for at in range(0, len(types), TYPES_A_FAMILY)
    }
    (folder / "taxonomy").mkdir(parents=True)
    for family, keys in families.items():
        body = "".join(_issue_type(key, family, taught[key]) for key in keys)
        (folder / "taxonomy" / f"{family}.toml").write_text(f'[family]\nkey = "{family}"\nname = "{family}"\n{body}')
    people = (_cop(number, list(families), capacity) for number in range(cops))
    (folder / "floor.toml").write_text(_market() + "".join(people))
    return Bank(folder, written)


def _halves(messages: Path) -> tuple[dict[str, list[str]], list[tuple[str, str]]]:
    taught: dict[str, list[str]] = defaultdict(list)
    written: list[tuple[str, str]] = []
    with messages.open(encoding="utf-8", newline="") as file:
        unique = {row["text"].strip(): _key(row["category"]) for row in csv.DictReader(file)}
    for number, (text, key) in enumerate(unique.items()):
        if number % 2:
            written.append((text, key))
        else:
            taught[key].append(text)
    # Neighbours in such files are often of one type: customers come mixed, and always in the same order.
    return taught, sorted(written, key=lambda pair: pair[0][::-1])


def _key(category: str) -> str:
    # What a pack allows: small letters, digits and _.
    return re.sub(r"\W+", "", category.lower())


def _issue_type(key: str, skill: str, texts: Sequence[str]) -> str:
    held_out, examples = texts[::HELD_OUT_EVERY], [t for at, t in enumerate(texts) if at % HELD_OUT_EVERY]
    return f"""
[[issue_type]]
key = "{key}"
name = "{key}"
description = "What customers write about {key}."
skill = "{skill}"
priority = 3
service_target = {{ share = 0.8, seconds = 120 }}
handle_time_seconds = 300
examples = {json.dumps(examples, ensure_ascii=False)}
held_out = {json.dumps(held_out, ensure_ascii=False)}
"""


def _market() -> str:
    return f"""[[market]]
key = "gb"
name = "United Kingdom"
languages = ["en"]
time_zone = "Europe/London"
matching_group = "gb"
opening = {ALWAYS}
"""


def _cop(number: int, families: Sequence[str], capacity: int) -> str:
    own = [family for at, family in enumerate(families) if (at + number) % 3] or families
    can = ", ".join(f"{skill} = 0.9" for skill in own)
    return f"""
[[cop]]
id = "cop-{number}"
name = "Cop {number}"
team = "Load"
markets = ["gb"]
languages = {{ en = 1.0 }}
skills = {{ {can} }}
capacity = {{ chat = {capacity} }}
shift = {{ days = {ALL_DAYS}, start = "00:00", end = "24:00", time_zone = "Europe/London" }}
"""
