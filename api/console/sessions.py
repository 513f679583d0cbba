"""Who is signed in: random session ids in cookies, and in the database whom they stand for and until when."""

import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.identity import Principal
from api.roles import Role
from routing.domain.cop import CopId
from routing.services.context import Context

LIFETIME_SECONDS = 12 * 3_600.0
REMEMBERED_SECONDS = 2.0
"""How long a process trusts what it read: a sign-out in another one holds here at the latest after that."""
MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in."""

    principal: Principal
    expires_at: datetime


class Sessions:
    """The sign-ins of an installation. They end after 12 hours and at sign-out; a restart leaves them as they are.

    Kept by the digest of their id, so that what is in the database opens nothing.
    """

    def __init__(self, context: Callable[[], Context], seconds: Callable[[], float] = time.monotonic) -> None:
        self._context, self._seconds = context, seconds
        self._remembered: dict[str, tuple[float, Session]] = {}
        self._lock = threading.Lock()

    def begin(self, principal: Principal) -> str:
        """Sign somebody in; returns the id for their cookie."""
        id, context = secrets.token_urlsafe(32), self._context()
        now = context.clock.now()
        with context.store.transaction() as uow:
            uow.sign_ins.forget_before(now)
            uow.sign_ins.add(_digest(id), _text(principal), now + timedelta(seconds=LIFETIME_SECONDS))
            uow.commit()
        return id

    def find(self, id: str | None) -> Session | None:
        """The live sign-in a cookie stands for, None when there is none."""
        if not id:
            return None
        digest, context = _digest(id), self._context()
        found = self._known(digest) or self._read(digest, context)
        return found if found is not None and context.clock.now() < found.expires_at else None

    def end(self, id: str | None) -> None:
        """Sign out."""
        if not id:
            return
        with self._context().store.transaction() as uow:
            uow.sign_ins.remove(_digest(id))
            uow.commit()
        with self._lock:
            self._remembered.pop(_digest(id), None)

    def _known(self, digest: str) -> Session | None:
        with self._lock:
            until, session = self._remembered.get(digest, (0.0, None))
        return session if self._seconds() < until else None

    def _read(self, digest: str, context: Context) -> Session | None:
        with context.store.reading() as uow:
            row = uow.sign_ins.find(digest)
        if row is None:
            return None
        session = Session(_principal(row[0]), row[1])
        with self._lock:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[digest] = (self._seconds() + REMEMBERED_SECONDS, session)
        return session


def _digest(id: str) -> str:
    return hashlib.sha256(id.encode("utf-8", "surrogatepass")).hexdigest()


def _text(principal: Principal) -> str:
    markets = None if principal.markets is None else sorted(principal.markets)
    told = {"name": principal.name, "roles": sorted(principal.roles), "cop_id": principal.cop_id, "markets": markets}
    return json.dumps({**told, "requests_per_second": principal.requests_per_second})


def _principal(text: str) -> Principal:
    told = json.loads(text)
    return Principal(
        name=told["name"],
        roles=frozenset(Role(role) for role in told["roles"]),
        cop_id=None if told["cop_id"] is None else CopId(told["cop_id"]),
        markets=None if told["markets"] is None else frozenset(told["markets"]),
        requests_per_second=told["requests_per_second"],
    )
