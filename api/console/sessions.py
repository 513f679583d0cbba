"""Who is signed in: random session ids in cookies, and on this side whom they stand for and until when."""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from api.identity import Principal

LIFETIME_SECONDS = 12 * 3_600.0
MOST_SESSIONS = 10_000


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in."""

    principal: Principal
    expires_at: float


class Sessions:
    """The sign-ins of this process. They end after 12 hours, at sign-out, and when the process stops.

    Kept by the digest of their id, so that what is in memory opens nothing.
    """

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def begin(self, principal: Principal) -> str:
        """Sign somebody in; returns the id for their cookie. The oldest sign-in goes when there are too many."""
        id = secrets.token_urlsafe(32)
        now = self._seconds()
        with self._lock:
            self._sessions = {key: kept for key, kept in self._sessions.items() if kept.expires_at > now}
            while len(self._sessions) >= MOST_SESSIONS:
                del self._sessions[next(iter(self._sessions))]
            self._sessions[_digest(id)] = Session(principal, now + LIFETIME_SECONDS)
        return id

    def find(self, id: str | None) -> Session | None:
        """The live sign-in a cookie stands for, None when there is none."""
        with self._lock:
            found = self._sessions.get(_digest(id or ""))
        return found if found is not None and found.expires_at > self._seconds() else None

    def end(self, id: str | None) -> None:
        """Sign out."""
        with self._lock:
            self._sessions.pop(_digest(id or ""), None)


def _digest(id: str) -> str:
    return hashlib.sha256(id.encode()).hexdigest()
