"""The quickstart works as written: its roster entry fits the starter pack, and its requests do what it says."""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from builders import FixedPacks, make_context, make_triage
from doubles import ScriptedClassifier, ScriptedMatcher
from fastapi.testclient import TestClient
from rest_door import LOCAL, DoorService

from api.app import create_app
from encoders.text import prepare
from routing.adapters.memory import MemoryStore
from routing.adapters.pack import check_path, load_pack
from routing.adapters.pack.starter_copy import write_starter
from routing.domain.issue import Decision, Taxonomy, Triage
from routing.ports import Utterance
from routing.services import matching, triage
from routing.settings import Settings

PAGE = (Path(__file__).parents[3] / "docs" / "quickstart.md").read_text(encoding="utf-8")
BASE = "http://127.0.0.1:8000"


class Unsure(ScriptedClassifier):
    """Unsure of everything, as the page says of the starter pack's model."""

    def classify(self, utterances: Sequence[Utterance], taxonomy: Taxonomy, at: datetime) -> list[Triage]:
        return [self._guess(utterance.text, at) for utterance in utterances]

    def _guess(self, text: str, at: datetime) -> Triage:
        key, rest = ("scam_in_progress", "card_declined") if "safe account" in text else ("card_not_arrived", "atm_fee")
        unsure = {"decision": Decision.REVIEW, "reasons": ("low_confidence",), "at": at}
        return make_triage(key, 0.6, distribution=((key, 0.6), (rest, 0.4)), prediction_set=(key, rest), **unsure)


class Masker:
    """The product's own."""

    def mask(self, text: str) -> str:
        return prepare(text)

    def gist(self, messages: Sequence[str]) -> str:
        return "\n".join(messages)


@dataclass
class Reader:
    """Somebody who follows the page and copies ids where it says `...`."""

    service: DoorService
    client: TestClient
    replies: dict[str, Any] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)

    def follow(self, command: str) -> None:
        method, path, headers, data = request_of(command, self.variables)
        reply = self.client.request(method, path, headers=headers, content=data)
        assert reply.is_success, (command, reply.text)
        place = re.sub(r"^(/v1/(?!cops)\w+)/[^/]+/", r"\1/ID/", path)
        self.replies.setdefault(f"{method} {place}", []).append(reply.json())
        self.remember(place, reply.json())
        triage.triage_batch(self.service.context, self.service.classifier)
        matching.tick(self.service.context, ScriptedMatcher(), "uk", "test")

    def remember(self, place: str, reply: Any) -> None:
        if place == "/v1/conversations":
            self.variables.setdefault("CONVERSATION", reply["conversation_id"])
        if place == "/v1/reviews":
            self.variables["REVIEW"] = reply["items"][0]["id"]
        if place == "/v1/cops/me/offers":
            self.variables["OFFER"] = reply["items"][0]["id"]
        if place.endswith("/accept"):
            self.variables["ASSIGNMENT"] = reply["id"]


def requests_shown() -> Iterator[str]:
    for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE):
        yield from (line for line in block.replace("\\\n", " ").splitlines() if line.startswith("curl"))


def request_of(command: str, variables: dict[str, str]) -> tuple[str, str, dict[str, str], str | None]:
    words = iter(shlex.split(command)[1:])
    method, url, headers, data = None, "", {}, None
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            data = next(words)
        else:
            url = re.sub(r"\$(\w+)", lambda name: variables[name[1]], word)
    return method or ("GET" if data is None else "POST"), url.removeprefix(BASE), headers, data


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The starter pack with the page's entry at the end of its roster."""
    folder = tmp_path / "ours"
    write_starter(folder)
    entry = re.search(r"^```toml\n(\[\[cop\]\].*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert entry is not None
    with (folder / "floor.toml").open("a", encoding="utf-8") as floor:
        floor.write("\n" + entry[1])
    return folder


def test_the_roster_entry_of_the_page_fits_the_starter_pack(pack: Path):
    result = check_path(pack)
    assert not result.errors
    assert not result.warnings
    shown = re.search(r"It holds: (\d+) families, (\d+) issue types, (\d+) examples, \.\.\., .* (\d+) cops", PAGE)
    assert shown is not None
    names = ("families", "issue_types", "examples", "cops")
    assert tuple(map(int, shown.groups())) == tuple(dict(result.counts)[name] for name in names)


def test_the_example_messages_of_the_page_have_issue_types_of_the_starter_pack(pack: Path):
    rows = re.search(r"^```\ntext,category\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert rows is not None
    assert {row.rpartition(",")[2] for row in rows[1].splitlines()} <= load_pack(pack).taxonomy.keys


def test_one_conversation_goes_from_message_to_wrap_up_by_the_requests_of_the_page(pack: Path):
    context = make_context(MemoryStore(), packs=FixedPacks(load_pack(pack)), masker=Masker())
    service = DoorService(context, Unsure(), Settings())
    reader = Reader(service, TestClient(create_app(service), base_url=LOCAL))
    for command in requests_shown():
        reader.follow(command)
    [wrapped_up] = reader.replies["POST /v1/assignments/ID/wrap-up"]
    assert wrapped_up["state"] == "wrapped_up"
    own, scam = (
        reader.client.get(f"/v1/conversations/{taken['conversation_id']}").json()
        for taken in reader.replies["POST /v1/conversations"]
    )
    assert own["state"] == "closed"
    assert own["messages"][0]["text"].endswith("[PHONE]")
    assert scam["state"] == "offered", "about a scam it never waits for a verdict"
