"""Requests of one kind that come while others of it are being stored are stored together, in the next transaction."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from fastapi.responses import Response
from pydantic import BaseModel

from api.idempotency import (
    CLAIM,
    REPLY,
    Asked,
    Reply,
    Stamp,
    alone,
    bound,
    claim_on,
    digest_of,
    noted,
    respond,
    written,
)
from api.masking_once import masking_once
from routing.domain.errors import StaleState
from routing.ports import StoredReply, UnitOfWork
from routing.services.context import Context
from routing.services.joining import Joined

MOST_TOGETHER = 32
T = TypeVar("T")
R = TypeVar("R")
Wish = Callable[[Context, Stamp], T]
"""What a request asks for, read before any transaction; a refusal of it as it stands is raised."""
Kept = tuple[StoredReply, bool]
"""A reply, and whether an earlier attempt had it kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Kind(Generic[T]):
    """Requests that are carried out alike, by `one` each, or several by `many` in one transaction.

    `many` gives None in place of a reply for one that is to be looked at by itself. What it raises undoes all of it.
    """

    one: Callable[[Context, T], Reply]
    many: Callable[[Context, Sequence[T]], Sequence[Reply | None]]


@dataclass(slots=True, eq=False)
class Part(Generic[T]):
    """One request of several: who asked, what for, and in the end its reply, or what is wrong with all of them."""

    asked: Asked
    digest: str
    stamp: Stamp
    wish: T
    woken: threading.Event
    reply: StoredReply | None = None
    failure: Exception | None = None
    led: "Sequence[Part[T]]" = ()


class Gathering(Generic[T]):
    """One transaction at a time, of everybody who came during the one before; nobody waits for company.

    Nobody's `ask` returns before it is known that what they asked for lasts.
    """

    def __init__(self, kind: Kind[T]) -> None:
        self.kind = kind
        self._lock = threading.Lock()
        self._at_work = False
        self._waiting: list[Part[T]] = []

    def ask(self, context: Context, part: Part[T], alone: Callable[[], Kept]) -> Kept:
        """The reply, of many at once or by `alone`, which is what whoever has no company does as well."""
        if not self._begins(part):
            part.woken.wait()
        if len(part.led) == 1:
            return self._led(part.led, alone)
        if part.led:
            self._led(part.led, lambda: _store(self.kind, context, part.led))
        if part.failure is not None:
            raise part.failure
        return alone() if part.reply is None else (part.reply, False)

    def _begins(self, part: Part[T]) -> bool:
        with self._lock:
            if self._at_work:
                self._waiting.append(part)
                return False
            self._at_work = True
        part.led = [part]
        return True

    def _led(self, parts: Sequence[Part[T]], step: Callable[[], R]) -> R:
        try:
            return step()
        finally:
            self._hand_on()
            for part in parts:
                part.woken.set()

    def _hand_on(self) -> None:
        """Whoever has waited longest leads those who came behind them."""
        with self._lock:
            following, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
            self._at_work = bool(following)
        if following:
            following[0].led = following
            following[0].woken.set()


def together(
    gathering: Gathering[T], context: Context, asked: Asked, body: BaseModel | None, wish: Wish[T]
) -> Response:
    """As `at_once`, in the transaction of others who come at the same time where there are any."""
    context = masking_once(context)
    digest = digest_of(context, asked, body)

    def by_itself(context: Context, stamp: Stamp) -> Reply:
        return gathering.kind.one(context, wish(context, stamp))

    def step() -> Kept:
        stamp = Stamp(asked.event_id, context.ids.new())
        part = Part(asked, digest, stamp, wish(context, stamp), threading.Event())
        return gathering.ask(context, part, lambda: alone(context, asked, digest, by_itself))

    stored, replayed = bound(context, asked, digest, step)
    return respond(stored, replayed=replayed)


class Gatherings:
    """The gathering of each kind, of one application."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[Kind[Any], Gathering[Any]] = {}

    def of(self, kind: Kind[T]) -> Gathering[T]:
        """The same one whenever it is asked for."""
        with self._lock:
            return self._known.setdefault(kind, Gathering(kind))


def _store(kind: Kind[T], context: Context, parts: Sequence[Part[T]]) -> None:
    """Give each its reply once all of them last; those who are left without one are to be looked at by themselves."""
    done: dict[Part[T], StoredReply] = {}
    committing = False
    try:
        with context.store.transaction() as uow:
            done = _carried_out(kind, context, uow, parts)
            committing = True
            uow.commit()
    except StaleState:
        return
    except Exception as error:
        # Before the commit nothing lasts, and each may try by itself. Afterwards nobody knows, and none may try again.
        for part in done if committing else ():
            part.failure = error
        return
    for part, reply in done.items():
        part.reply = reply


def _carried_out(
    kind: Kind[T], context: Context, uow: UnitOfWork, parts: Sequence[Part[T]]
) -> dict[Part[T], StoredReply]:
    """The replies of those whose key nobody had claimed before."""
    at = context.clock.now()
    keyed = [part for part in parts if part.asked.key is not None]
    # Whoever holds a claim is waited for.
    fresh = uow.idempotency.keep_all([noted(p.asked, CLAIM, claim_on(p.digest, p.stamp)) for p in keyed], at)
    claimed = {part for part, first_time in zip(keyed, fresh, strict=True) if first_time}
    mine = [part for part in parts if part.asked.key is None or part in claimed]
    joined = Joined(context.store, uow)
    replies = kind.many(replace(context, store=joined), [part.wish for part in mine])
    done = {part: written(reply, part.digest) for part, reply in zip(mine, replies, strict=True) if reply is not None}
    kept = uow.idempotency.keep_all([noted(p.asked, REPLY, done[p]) for p in keyed if p in done], at)
    if joined.broken or not all(kept):
        raise StaleState("transaction", "of these requests")
    return done
