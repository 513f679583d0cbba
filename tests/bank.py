"""A bank at work over REST: its customers write, its COps accept and wrap up, its managers decide."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from small_pack import Families, held_out

Json = dict[str, Any]
ENDED = {"closed", "abandoned"}


@dataclass(frozen=True)
class Bank:
    """A pack's folder, a models folder trained on it, and what customers write."""

    pack: Path
    models: Path
    families: Families

    @property
    def needs(self) -> list[tuple[str, str]]:
        """(text, issue type) of messages nobody trained on, types in turn."""
        found = held_out(self.families)
        by_type: dict[str, list[tuple[str, str]]] = {}
        for need in found:
            by_type.setdefault(need[1], []).append(need)
        longest = max(map(len, by_type.values()))
        return [needs[turn] for turn in range(longest) for needs in by_type.values() if turn < len(needs)]


class Floor:
    """The people of a floor, each step one round over REST. What the service refuses is tried again next round."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def come_in(self) -> None:
        """Every COp is available."""
        for cop in self.items("/v1/cops"):
            self.put_presence(cop["id"], "available")

    def put_presence(self, cop_id: str, presence: str) -> None:
        self._client.put(f"/v1/cops/{cop_id}/presence", json={"presence": presence}).raise_for_status()

    def accept_all(self) -> int:
        """Accept every pending offer; returns how many the service let us."""
        offers = [offer for cop in self.items("/v1/cops") for offer in self.items(f"/v1/cops/{cop['id']}/offers")]
        return sum(self.post(f"/v1/offers/{offer['id']}/accept").is_success for offer in offers)

    def wrap_up_all(self, truth: Mapping[str, str] | None = None) -> int:
        """Wrap up every active assignment, correcting the issue type where `truth` knows better."""
        work = [item for cop in self.items("/v1/cops") for item in self.items(f"/v1/cops/{cop['id']}/assignments")]
        return sum(self._wrap_up(item, truth or {}).is_success for item in work)

    def _wrap_up(self, work: Json, truth: Mapping[str, str]) -> httpx.Response:
        body: Json = {"disposition": "resolved", "handle_time_seconds": 120}
        known = truth.get(work["conversation_id"])
        if known is not None and known != work["issue_type"]:
            body["issue_type"] = known
        return self.post(f"/v1/assignments/{work['id']}/wrap-up", body)

    def decide_all(self, truth: Mapping[str, str]) -> list[str]:
        """Claim and decide every open review; returns the ids of those decided."""
        decided = []
        for item in self.items("/v1/reviews"):
            self.post(f"/v1/reviews/{item['id']}/claim")
            verdict = {"issue_type": truth[item["conversation_id"]]}
            if self.post(f"/v1/reviews/{item['id']}/verdict", verdict).is_success:
                decided.append(item["id"])
        return decided

    def post(self, path: str, body: Json | None = None, key: str | None = None) -> httpx.Response:
        """Ask for a change, once."""
        return self._client.post(path, json=body, headers={"Idempotency-Key": key or uuid.uuid4().hex})

    def write(self, text: str, id: str | None = None, key: str | None = None) -> httpx.Response:
        """A customer's first message."""
        body: Json = {"text": text, "market": "gb"}
        return self.post("/v1/conversations", body if id is None else {**body, "id": id}, key)

    def get(self, path: str) -> Json:
        """Read a resource."""
        answer = self._client.get(path)
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    def items(self, path: str) -> Iterator[Json]:
        """Every item of a list, page after page."""
        cursor = None
        while True:
            joint = "&" if "?" in path else "?"
            page = self.get(path if cursor is None else f"{path}{joint}cursor={cursor}")
            yield from page["items"]
            cursor = page.get("next_cursor")
            if cursor is None:
                return

    def states(self) -> dict[str, str]:
        """The state of every conversation."""
        return {item["id"]: item["state"] for item in self.items("/v1/conversations?limit=200")}
