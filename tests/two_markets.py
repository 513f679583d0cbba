"""A floor of two markets that know nothing of each other, and everybody who may look at it, from either side."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from builders import (
    NOON,
    FixedPacks,
    make_assignment,
    make_conversation,
    make_cop,
    make_event,
    make_label,
    make_market,
    make_message,
    make_offer,
    make_pack,
    make_review,
    make_tick,
    make_triage,
)
from doubles import ScriptedModelFiles
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from rest_door import LOCAL, DoorService, make_service
from seeds import committed
from starlette.routing import BaseRoute, Mount

from api.app import create_app
from api.roles import Role, Route
from routing.adapters.memory import MemoryStore
from routing.domain.conversation import ConversationState
from routing.domain.erasure import Erasure, ErasureId, Hold, HoldId, Pseudonym
from routing.domain.events import EventKind
from routing.domain.issue import Decision
from routing.domain.override import Override, OverrideId, OverrideKind
from routing.domain.review import ReviewState
from routing.ports import UnitOfWork
from routing.settings import Settings

OURS, THEIRS = "uk", "ie"
SCOPES: dict[str, tuple[str, ...] | None] = {"every": None, "ours": (OURS,), "theirs": (THEIRS,), "neither": ("fr",)}
SECRET = "zzsecretzz"
"""In every text of our market, so that one word anywhere tells of a leak."""


@dataclass(frozen=True)
class Holder:
    """Somebody with one role and some markets. COps are ada, who works in our market alone."""

    role: Role
    scope: str

    @property
    def name(self) -> str:
        return f"{self.role} {self.scope}"

    @property
    def token(self) -> str:
        return f"token-of-{self.role}-{self.scope}"

    @property
    def header(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def entry(self) -> str:
        digest = hashlib.sha256(self.token.encode()).hexdigest()
        markets = SCOPES[self.scope]
        lines = [f'name = "{self.name}"', f'sha256 = "{digest}"', f'roles = ["{self.role}"]']
        lines += ['cop_id = "ada"'] if self.role is Role.COP else []
        lines += [f"markets = {list(markets)}"] if markets else []
        return "\n".join(["[[token]]", *lines, "requests_per_second = 100000", ""])


HOLDERS = tuple(Holder(role, scope) for role in Role for scope in SCOPES)


def ids_of(market: str) -> dict[str, str]:
    """An object of each kind in a market, by the name of its path parameter."""
    cop = {"uk": "ada", "ie": "ivo"}[market]
    kinds = ("conversation_id", "offer_id", "assignment_id", "review_id", "override_id")
    whole = {"version": "m1", "customer_id": "somebody", "hold_id": "hold-1"}
    whole |= {"erasure_id": "erasure-1", "proposal_id": "proposal-1"}
    return {kind: f"{kind[:2]}-{market}" for kind in kinds} | {"cop_id": cop} | whole


NOBODYS = dict.fromkeys(ids_of(OURS), "no-such")


def fill(uow: UnitOfWork, market: str) -> None:
    """An offered conversation, one under way, one in review with a decided case beside it, one waiting."""
    ids, text = ids_of(market), f"{SECRET if market == OURS else 'open words'} card_lost"
    made = {
        "market": market,
        "customer_id": text.split(maxsplit=1)[0],
        "last_cop_id": ids["cop_id"],
        "issue_type": "card_lost",
    }
    states = {
        ids["conversation_id"]: ConversationState.OFFERED,
        f"working-{market}": ConversationState.ASSIGNED,
        f"review-{market}": ConversationState.IN_REVIEW,
        f"lapsed-{market}": ConversationState.WAITING,
    }
    for id, state in states.items():
        uow.conversations.add(make_conversation(id, state=state, **made))
        uow.conversations.add_message(make_message(f"m-{id}", id, text=text))
        uow.triages.add(id, make_triage("card_lost", decision=Decision.REVIEW, language="en"))
        uow.events.append(make_event(EventKind.CONVERSATION_TRIAGED, conversation_id=id, data={"said": text}))
    lapsed = {"state": ReviewState.LAPSED}
    uow.reviews.add(make_review(ids["review_id"], f"review-{market}", reasons=(text,)))
    uow.reviews.add(make_review(f"re-lapsed-{market}", f"lapsed-{market}", reasons=(text,), **lapsed))
    uow.offers.add(make_offer(ids["offer_id"], ids["conversation_id"], ids["cop_id"], ttl_seconds=600, reason=text))
    uow.assignments.add(make_assignment(ids["assignment_id"], f"working-{market}", ids["cop_id"], f"old-{market}"))
    hour, calm = timedelta(hours=1), OverrideKind.RAISE_PRIORITY
    uow.overrides.add(Override(OverrideId(f"ov-{market}"), calm, "mona", text, NOON, NOON + hour, market, priority=5))
    uow.labels.add(make_label(f"l-{market}", text=text, conversation_id=f"lapsed-{market}"))
    uow.events.append(
        make_event(EventKind.PRESENCE_CHANGED, conversation_id=None, cop_id=ids["cop_id"], data={"why": text})
    )


def make_floor() -> MemoryStore:
    """Both markets, in a store of their own."""
    store = MemoryStore()
    committed(store, lambda uow: uow.cops.sync(make_packs().current().roster.values()))
    for market in (OURS, THEIRS):
        committed(store, lambda uow, market=market: fill(uow, market))
    committed(store, lambda uow: uow.ticks.add(make_tick(group="main", solver=SECRET)))
    committed(store, lambda uow: uow.holds.add(Hold(HoldId("hold-1"), SECRET, "root", NOON, customer_id="held")))
    receipt = Erasure(ErasureId("erasure-1"), Pseudonym("0" * 64, "key"), "root", NOON, SECRET, done_at=NOON)
    committed(store, lambda uow: uow.erasures.add(receipt))
    return store


def make_packs() -> FixedPacks:
    """Markets uk and ie, apart in every way, and ivo for ie."""
    apart = {"matching_group": "irish"}
    markets = {"uk": make_market("uk"), "ie": make_market("ie", **apart), "fr": make_market("fr", matching_group="fr")}
    ada = make_cop("ada", name=f"Ada {SECRET}", team=SECRET)
    return FixedPacks(make_pack([ada, make_cop("ivo", markets=frozenset({THEIRS}))], markets=markets))


class Gatehouse:
    """One application, with a fresh floor behind it whenever somebody new comes along."""

    def __init__(self, folder: Path) -> None:
        tokens = folder / "tokens.toml"
        tokens.write_text("\n".join(holder.entry for holder in HOLDERS))
        self.settings = Settings(tokens_file=tokens)
        self.service = self._fresh()
        self.app: FastAPI = create_app(self.service)
        self.app.state.stopping.set()  # a stream that admits somebody ends at once

    def _fresh(self) -> DoorService:
        service = make_service(self.settings, make_floor(), packs=make_packs())
        service.models = ScriptedModelFiles()
        return service

    def renew(self) -> None:
        """Everything as it was at first."""
        self.service = self._fresh()
        self.app.state.service = self.service
        self.app.state.console_floors.forget()

    def visitor(self, holder: Holder | None, *, console: bool = False) -> TestClient:
        """A client with somebody's token, or with their session at the console."""
        client = TestClient(self.app, base_url=LOCAL, raise_server_exceptions=False, follow_redirects=False)
        if holder is not None and console:
            principal = self.app.state.gate.authenticator.by_token(holder.token)
            client.cookies.set("pointsman_session", self.app.state.console_sessions.begin(principal))
        elif holder is not None:
            client.headers.update(holder.header)
        return client


def routes_of(routes: list[BaseRoute]) -> Iterator[tuple[Route, Any]]:
    """Every (method, path) an application answers to, with what answers; static files as (MOUNT, path)."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from routes_of(inner.routes)
        elif isinstance(route, Mount):
            yield ("MOUNT", route.path), route
        else:
            for method in sorted(getattr(route, "methods", None) or {"ANY"}):
                yield (method, str(getattr(route, "path", route))), route


def told(reply: Response) -> str:
    """Everything a reply says, headers and all."""
    return f"{dict(reply.headers)} {reply.text}"
