"""The REST door over an in-memory store: a service whose clock, classifier and matcher the test controls."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from builders import FrozenClock, make_context
from customer_life import reach
from doubles import ScriptedClassifier, ScriptedMatcher, ScriptedModelFiles
from fastapi.testclient import TestClient
from pack_books import PackBooks

from api.app import Background, create_app
from routing.adapters.memory import MemoryStore
from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore
from routing.domain.cop import CopId, Presence
from routing.ports import Store
from routing.services import matching, presence, triage
from routing.services.context import Context
from routing.services.erasure import Reach
from routing.settings import Settings

LOCAL = "http://127.0.0.1:8000"
TOKENS = {
    "robot": ("service",),
    "ada": ("cop",),
    "ben": ("cop",),
    "mona": ("manager",),
    "mick": ("manager",),
    "root": ("admin",),
}


@dataclass
class DoorService:
    """What the door needs of a service."""

    context: Context
    classifier: ScriptedClassifier
    settings: Settings
    models: ScriptedModelFiles = field(default_factory=ScriptedModelFiles)
    erasing: Reach = field(default_factory=reach)
    health: Callable[[], Mapping[str, str]] = field(default=lambda: {"database": "ok", "model": "ok"})

    @property
    def books(self) -> PackBooks:
        return PackBooks(self.context.packs)


@dataclass
class Door:
    """A client of the application, and the hands behind it that move the service on."""

    service: DoorService
    app: Any
    client: TestClient

    @property
    def context(self) -> Context:
        return self.service.context

    @property
    def clock(self) -> FrozenClock:
        clock = self.context.clock
        assert isinstance(clock, FrozenClock)
        return clock

    def understand(self) -> None:
        """Triage what was received."""
        triage.triage_batch(self.context, self.service.classifier)

    def match(self) -> None:
        """One tick."""
        matching.tick(self.context, ScriptedMatcher(), "main", "test")

    def available(self, *cop_ids: str) -> None:
        """These COps, and nobody else, take work."""
        for cop_id in self.context.packs.current().roster:
            standing = Presence.AVAILABLE if cop_id in cop_ids else Presence.OFFLINE
            presence.set_presence(self.context, presence.PresenceChange(CopId(cop_id), standing, "test"))

    def begin(self, text: str = "my card is gone card_lost", **changes: Any) -> str:
        """A conversation taken in over REST."""
        reply = self.client.post(
            "/v1/conversations", json={"text": text, "market": "uk", **changes}, headers=self.robot
        )
        assert reply.status_code == 201, reply.text
        return str(reply.json()["conversation_id"])

    def offered(self, cop_id: str = "ada", text: str = "my card is gone card_lost") -> dict[str, Any]:
        """A conversation offered to this COp; returns the offer."""
        self.available(cop_id)
        self.begin(text)
        self.understand()
        self.match()
        reply = self.client.get(f"/v1/cops/{cop_id}/offers", headers=self.robot)
        return dict(reply.json()["items"][-1])

    def in_review(self, text: str = "unsure card_late") -> dict[str, Any]:
        """An item of the disambiguation queue."""
        self.begin(text)
        self.understand()
        reply = self.client.get("/v1/reviews", headers=bearer("mona"))
        return dict(max(reply.json()["items"], key=lambda item: item["id"]))

    @property
    def robot(self) -> dict[str, str]:
        return bearer("robot")


def bearer(name: str) -> dict[str, str]:
    """The header of one of TOKENS' holders."""
    return {"Authorization": f"Bearer token-of-{name}"}


def write_tokens(path: Path) -> Path:
    """A tokens file with everybody of TOKENS."""
    entries = []
    for name, roles in TOKENS.items():
        digest = hashlib.sha256(f"token-of-{name}".encode()).hexdigest()
        quoted = ", ".join(f'"{role}"' for role in roles)
        cop = f'cop_id = "{name}"\n' if "cop" in roles else ""
        entries.append(f'[[token]]\nname = "{name}"\nsha256 = "{digest}"\nroles = [{quoted}]\n{cop}')
    path.write_text("\n".join(entries))
    return path


def make_service(settings: Settings, store: Store | None = None, **changes: Any) -> DoorService:
    """A service over an empty store, by default in memory."""
    return DoorService(make_context(store or MemoryStore(), **changes), ScriptedClassifier(), settings)


def make_door(tokens: Path | None = None, background: Background | None = None, **changes: Any) -> Door:
    """With a tokens file callers say who they are; without one everybody is the local admin."""
    service = make_service(Settings(tokens_file=tokens), **changes)
    app = create_app(service, background)
    client = TestClient(app, base_url=LOCAL, raise_server_exceptions=False)
    return Door(service, app, client)


@contextmanager
def door_over(request: pytest.FixtureRequest, folder: Path) -> Iterator[Door]:
    """For a fixture with the parameter `memory`, `sqlite` or `postgres`: a door over such a store, with tokens."""
    tokens = write_tokens(folder / "tokens.toml")
    if request.param == "memory":
        yield make_door(tokens)
        return
    on_postgres = request.param == "postgres"
    url = request.getfixturevalue("postgres_database")() if on_postgres else f"sqlite:///{folder / 'pointsman.db'}"
    upgrade(url)
    store = SqlStore(url)
    yield make_door(tokens, store=store)
    store.close()
