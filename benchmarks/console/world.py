"""A floor at size: the starter pack's taxonomy, many COps, and a disambiguation queue as long as asked."""

import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.load.bank import ALL_DAYS
from routing.adapters.pack import STARTER_FOLDER
from routing.bootstrap import Service, build
from routing.domain.cop import Presence
from routing.domain.issue import Decision, Taxonomy, Triage
from routing.domain.pack import Pack
from routing.ports import Utterance
from routing.services.intake import IncomingMessage, receive_all
from routing.services.presence import PresenceChange, set_presence
from routing.services.triage import triage_batch
from routing.settings import Settings

AT_ONCE = 500
DAY_SECONDS = 86_400
STANDINGS = (Presence.AVAILABLE, Presence.AVAILABLE, Presence.BUSY, Presence.AWAY)
SKILLS_EACH = 3


@dataclass(frozen=True, slots=True)
class Size:
    """How many wait for a verdict, how many have one and wait for a COp, and how many COps there are."""

    items: int
    waiting: int
    cops: int


class Doubting:
    """ports.Classifier that finds three types equally likely, or one surely: by turns, from one seed."""

    version = "doubting"

    def __init__(self, sure: bool, seed: int = 0) -> None:
        self._sure, self._drawn = sure, random.Random(seed)

    def classify(self, utterances: Sequence[Utterance], taxonomy: Taxonomy, at: datetime) -> list[Triage]:
        """One triage an utterance."""
        keys = sorted(key for key, kind in taxonomy.issue_types.items() if not kind.never_waits)
        return [self._triage(self._drawn.sample(keys, 3), at) for _ in utterances]

    def similar(self, *_: Any, **__: Any) -> list[tuple[int, float]]:
        """Nothing is like anything."""
        return []

    def _triage(self, keys: Sequence[str], at: datetime) -> Triage:
        shares = (0.98, 0.01, 0.01) if self._sure else (0.5, 0.3, 0.2)
        return Triage(
            issue_type=keys[0],
            confidence=shares[0],
            decision=Decision.AUTO if self._sure else Decision.REVIEW,
            reasons=() if self._sure else ("low_confidence",),
            novelty=0.1,
            prediction_set=tuple(keys[:1] if self._sure else keys),
            distribution=tuple(zip(keys, shares, strict=True)),
            language="en",
            language_confidence=1.0,
            model_version=self.version,
            at=at,
        )


def write_pack(folder: Path, cops: int) -> Path:
    """The starter pack with its taxonomy and markets, and a roster of this many who are always on shift."""
    shutil.copytree(STARTER_FOLDER, folder)
    floor = folder / "floor.toml"
    before, _, _ = floor.read_text(encoding="utf-8").partition("[[cop]]")
    skills = sorted({line.split('"')[1] for line in _lines(folder / "taxonomy") if line.startswith("skill = ")})
    floor.write_text(before + "".join(_cop(number, skills) for number in range(cops)), encoding="utf-8")
    return folder


def _lines(folder: Path) -> Iterator[str]:
    for file in sorted(folder.glob("*.toml")):
        yield from file.read_text(encoding="utf-8").splitlines()


def _cop(number: int, skills: Sequence[str]) -> str:
    own = [skills[(number + step) % len(skills)] for step in range(SKILLS_EACH)]
    can = ", ".join(f"{skill} = 0.9" for skill in own)
    return f"""
[[cop]]
id = "cop-{number}"
name = "Cop {number}"
team = "Team {number // 20}"
markets = ["gb", "ie"]
languages = {{ en = 1.0 }}
skills = {{ {can} }}
capacity = {{ chat = 3 }}
shift = {{ days = {ALL_DAYS}, start = "00:00", end = "24:00", time_zone = "Europe/London" }}
"""


def populate(folder: Path, size: Size) -> Service:
    """An installation in this folder with everybody at work and everybody waiting; the service over its database."""
    pack = write_pack(folder / "pack", size.cops)
    settings = Settings(data_dir=folder / "data", pack=pack, review_deadline_seconds=DAY_SECONDS)
    service = build(settings)
    for number, cop_id in enumerate(service.context.packs.current().roster):
        set_presence(service.context, PresenceChange(cop_id, STANDINGS[number % len(STANDINGS)], "benchmark"))
    messages = _messages(service.context.packs.current())
    for count, sure in ((size.waiting, True), (size.items, False)):
        for at in range(0, count, AT_ONCE):
            receive_all(service.context, [next(messages) for _ in range(min(AT_ONCE, count - at))])
        while triage_batch(service.context, Doubting(sure)):
            pass
    return service


def _messages(pack: Pack) -> Iterator[IncomingMessage]:
    texts = [text for text, _ in pack.training_examples]
    number = 0
    while True:
        market = ("gb", "ie")[number % 2]
        text = f"{texts[number % len(texts)]} ({number})"
        yield IncomingMessage(f"event-{number}", "benchmark", text, market, customer_id=f"customer-{number // 3}")
        number += 1
