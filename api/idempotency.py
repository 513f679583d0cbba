"""Idempotency-Key: the same request sent again changes nothing and gets the reply of the first time."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TypeVar
from uuid import uuid4

from fastapi.responses import Response
from pydantic import BaseModel

from api.masking_once import masking_once
from routing.domain.errors import IdempotencyMismatch, StaleState
from routing.ports import StoredReply, UnitOfWork
from routing.services.context import Context, retrying
from routing.services.joining import Joined

REPLAYED = "Idempotency-Replayed"
CLAIM = "claim"
"""Note that binds a key to its request; kept before the effect."""
REPLY = "reply"
"""Note of the finished reply."""
WORDS = ("text", "reason", "note", "name", "description")
"""Fields of bodies in which people write as they like: they are masked before they are stored."""
T = TypeVar("T")
_CLAIMED = 102
"""Status of a stored reply that so far only says which request the key belongs to."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Ids that are the same whenever the same request is sent again with its key.

    `new_id` names what the request creates; it sorts by time like every id, so it cannot be derived from the key: it
    is kept with the claim. `repeated` means that an earlier attempt had claimed the key.
    """

    event_id: str
    new_id: str
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What an endpoint answers; `href` is where a created thing is found."""

    body: BaseModel
    status: int = HTTPStatus.OK
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asked what, under which key (None: sent without one)."""

    scope: str
    key: str | None

    @property
    def event_id(self) -> str:
        """Derived from the key, so that a retry after a crash meets what the first attempt left behind."""
        if self.key is None:
            return uuid4().hex
        return hashlib.sha256(f"{self.scope}\n{self.key}".encode()).hexdigest()


Deed = Callable[[Context, Stamp], Reply]
"""What a request does; the context's store may hand out one transaction, which also keeps the reply."""


def at_once(context: Context, asked: Asked, body: BaseModel | None, deed: Deed) -> Response:
    """Carry out a request in one transaction; with a key at most once, whatever is retried, runs beside it or crashed.

    A refusal undoes everything and is not kept; the key stays bound to the request all the same. IdempotencyMismatch
    when it belongs to a different one.
    """
    context = masking_once(context)
    digest = digest_of(context, asked, body)
    stored, replayed = bound(context, asked, digest, lambda: alone(context, asked, digest, deed))
    return respond(stored, replayed=replayed)


def bound(context: Context, asked: Asked, digest: str, step: Callable[[], T]) -> T:
    """What a step returns; where it is refused, the key stays bound to the request."""
    try:
        return step()
    except IdempotencyMismatch:
        raise
    except Exception:
        if asked.key is not None:
            retrying(lambda: _claim(context, asked, digest))
        raise


def alone(context: Context, asked: Asked, digest: str, deed: Deed) -> tuple[StoredReply, bool]:
    """Carry a request out in a transaction of its own: the reply, and whether an earlier attempt had it kept."""
    return retrying(lambda: _carried_out(context, asked, digest, deed))


def _carried_out(context: Context, asked: Asked, digest: str, deed: Deed) -> tuple[StoredReply, bool]:
    """The reply, and whether an earlier attempt had it kept."""
    with context.store.transaction() as uow:
        stamp = Stamp(asked.event_id, context.ids.new())
        if asked.key is not None:
            # Whoever holds the claim is waited for: behind it their reply is there to be read.
            claim = _kept_first(uow, context, asked, CLAIM, claim_on(digest, stamp))
            stamp = Stamp(asked.event_id, claim.body, claim.body != stamp.new_id)
            kept = _kept(uow, asked, digest) if stamp.repeated else None
            if kept is not None:
                return kept, True
        joined = Joined(context.store, uow)
        reply = written(deed(replace(context, store=joined), stamp), digest)
        if joined.broken:
            raise StaleState("transaction", "of this request")
        if asked.key is not None:
            _kept_first(uow, context, asked, REPLY, reply)
        uow.commit()
    return reply, False


def step_by_step(context: Context, asked: Asked, body: BaseModel | None, deed: Deed) -> Response:
    """Carry out a request that takes several transactions, or more than the database; with a key it is replied once.

    The key is first bound to the request, then the deed is done, then its reply is kept. An attempt that died between
    the last two is repeated, so that a deed done here must do no harm the second time. Refusals are not kept.
    IdempotencyMismatch when the key belongs to a different request.
    """
    digest = digest_of(context, asked, body)
    if asked.key is None:
        return respond(written(deed(context, Stamp(asked.event_id, context.ids.new())), digest), replayed=False)
    kept = _find(context, asked, digest)
    if kept is not None:
        return respond(kept, replayed=True)
    stamp = retrying(lambda: _claim(context, asked, digest))
    reply = written(deed(context, stamp), digest)
    return respond(retrying(lambda: _keep(context, asked, reply)), replayed=False)


def _find(context: Context, asked: Asked, digest: str) -> StoredReply | None:
    with context.store.reading() as uow:
        return _kept(uow, asked, digest)


def _kept(uow: UnitOfWork, asked: Asked, digest: str) -> StoredReply | None:
    return _same(uow.idempotency.find(_scope(asked, REPLY), _key(asked)), asked, digest)


def _claim(context: Context, asked: Asked, digest: str) -> Stamp:
    """Bind the key to this request, or join the attempt that did."""
    mine = claim_on(digest, Stamp(asked.event_id, context.ids.new()))
    with context.store.transaction() as uow:
        first = _kept_first(uow, context, asked, CLAIM, mine)
        uow.commit()
    return Stamp(asked.event_id, first.body, first.body != mine.body)


def _kept_first(uow: UnitOfWork, context: Context, asked: Asked, note: str, reply: StoredReply) -> StoredReply:
    """What is kept under the key, now or since another attempt."""
    scope, key = _scope(asked, note), _key(asked)
    if uow.idempotency.keep(scope, key, reply, context.clock.now()):
        return reply
    return _same(uow.idempotency.find(scope, key), asked, reply.request_digest) or reply


def noted(asked: Asked, note: str, reply: StoredReply) -> tuple[str, str, StoredReply]:
    """What is kept of a request with a key, and where."""
    return _scope(asked, note), _key(asked), reply


def claim_on(digest: str, stamp: Stamp) -> StoredReply:
    """What binds a key to its request, and to the id of what that creates."""
    return StoredReply(digest, _CLAIMED, stamp.new_id)


def _scope(asked: Asked, note: str) -> str:
    return f"{asked.scope}:{note}"


def _keep(context: Context, asked: Asked, reply: StoredReply) -> StoredReply:
    """Keep the reply unless another attempt was first; returns the one that counts."""
    with context.store.transaction() as uow:
        kept = _kept_first(uow, context, asked, REPLY, reply)
        uow.commit()
    return kept


def _same(kept: StoredReply | None, asked: Asked, digest: str) -> StoredReply | None:
    if kept is not None and kept.request_digest != digest:
        raise IdempotencyMismatch(_key(asked))
    return kept


def _key(asked: Asked) -> str:
    return asked.key or ""


def digest_of(context: Context, asked: Asked, body: BaseModel | None) -> str:
    """Over the words as they are stored: from the digest of a card's number the number could be guessed.

    Empty without a key, for nothing is kept then.
    """
    if asked.key is None:
        return ""
    said = {} if body is None else body.model_dump(mode="json")
    masked = {name: context.masker.mask(said[name]) for name in WORDS if said.get(name)}
    content = "" if body is None else json.dumps({**said, **masked}, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def written(reply: Reply, digest: str) -> StoredReply:
    """A reply as it is kept."""
    content = {"href": reply.href, "body": reply.body.model_dump(mode="json")}
    return StoredReply(digest, int(reply.status), json.dumps(content, ensure_ascii=False))


def respond(stored: StoredReply, *, replayed: bool) -> Response:
    """A reply as it is sent."""
    content = json.loads(stored.body)
    headers = {"Location": content["href"]} if content["href"] else {}
    if replayed:
        headers[REPLAYED] = "true"
    text = json.dumps(content["body"], ensure_ascii=False)
    return Response(text, stored.status, headers, media_type="application/json")
