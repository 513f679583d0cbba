"""The audit trail: every fact of the history is sealed to the one before it, so that a changed past shows.

The seals hold numbers and salted digests, never a word. Without its salt a digest tells nothing of its fact, so a fact
can be forgotten (erasure) while the chain still verifies.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from routing.domain.events import Event, EventKind

BEFORE_THE_FIRST = "0" * 64
_DOMAIN = b"pointsman-audit-1"


@dataclass(frozen=True, slots=True)
class Seal:
    """What binds one fact to the one before it.

    `position` counts from 1 without gaps; `seq` is the fact's number in the history; `content` a salted digest of the
    fact; `chained` a digest of all of these and of the seal before. Digests are SHA-256, in hexadecimal.
    """

    position: int
    seq: int
    content: str
    chained: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A seal with what it was made of; `salt` and `event` are None where they are gone."""

    seal: Seal
    salt: bytes | None
    event: Event | None


@dataclass(frozen=True, slots=True)
class Anchor:
    """A copy of the newest seal, kept outside the database.

    `restored`: why this one stands although earlier anchors lie beyond it or say otherwise (a restored back-up).
    """

    position: int
    chained: str
    at: datetime | None = None
    restored: str | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which facts to look for; what is None or empty does not matter. `since` is included, `until` is not."""

    actor: str | None = None
    kinds: tuple[EventKind, ...] = ()
    conversation_id: str | None = None
    cop_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, event: Event) -> bool:
        """Whether this fact is one of them."""
        pairs = ((self.actor, event.actor), (self.conversation_id, event.conversation_id), (self.cop_id, event.cop_id))
        return (
            all(wanted is None or wanted == found for wanted, found in pairs)
            and (not self.kinds or event.kind in self.kinds)
            and (self.since is None or event.at >= self.since)
            and (self.until is None or event.at < self.until)
        )


def content_digest(event: Event, salt: bytes) -> str:
    """The salted digest of a numbered fact: who, what, when, about whom, and why."""
    facts = (event.seq, event.kind, event.at.astimezone(UTC).isoformat(), event.actor)
    words = [*map(str, facts), event.conversation_id, event.cop_id, _plain(event.data)]
    return hashlib.sha256(_DOMAIN + salt + json.dumps(words, sort_keys=True).encode()).hexdigest()


def next_seal(before: Seal | None, event: Event, salt: bytes) -> Seal:
    """The seal of a numbered fact after `before`, which is None for the first."""
    if event.seq is None:
        raise ValueError("a fact is sealed after it was numbered")
    position, content = (before.position + 1 if before else 1), content_digest(event, salt)
    return Seal(position, event.seq, content, chained_digest(before, position, event.seq, content))


def chained_digest(before: Seal | None, position: int, seq: int, content: str) -> str:
    """What `chained` must be of a seal after `before`."""
    parts = (before.chained if before else BEFORE_THE_FIRST, str(position), str(seq), content)
    return hashlib.sha256(_DOMAIN + b"|" + "|".join(parts).encode()).hexdigest()


def standing(anchors: Sequence[Anchor]) -> list[Anchor]:
    """The anchors that still count, oldest first: those that no later restoration lies at or before."""
    kept: list[Anchor] = []
    for anchor in anchors:
        if anchor.restored is not None:
            kept = [earlier for earlier in kept if earlier.position < anchor.position]
        kept.append(anchor)
    return kept


def _plain(data: object) -> object:
    """The data as it comes back from a database that keeps JSON."""
    return json.loads(json.dumps(data, default=str))
