"""Follows the history for each webhook: in order, at least once, each at its own pace."""

import logging
import os
import random
import socket
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from pydantic import ValidationError

from routing.adapters.kafka.outgoing import outgoing_record
from routing.adapters.kafka.runner import supervise
from routing.adapters.kafka.topics import Topics
from routing.adapters.webhooks.file import Webhook
from routing.adapters.webhooks.sending import Delivery, NotDelivered, Sender
from routing.domain.events import Event
from routing.services import reporting
from routing.services.context import Context

LEASE = "webhooks"
LEASE_LENGTH = timedelta(seconds=60)
STEP_SECONDS = 20.0
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0
MOST_ATTEMPTS = 60
"""With pauses up to five minutes this is some four hours; then the event is left out, and the log says so."""
MOST_AT_ONCE = 200
LOOK_SECONDS = 0.5
_log = logging.getLogger("pointsman.webhooks")


class Positions:
    """The last event each webhook has had, in one small file a webhook, replaced whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, name: str) -> int | None:
        """Its last event's number; None for a webhook that is new."""
        try:
            return int(self._path(name).read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return None

    def keep(self, name: str, seq: int) -> None:
        """This one and all before it are delivered."""
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = self._path(name).with_suffix(".part")
        draft.write_text(str(seq), encoding="ascii")
        draft.replace(self._path(name))

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.position"


@dataclass(slots=True)
class Follower:
    """One webhook's way through the history. `wait` is how long to leave it alone after a failure."""

    webhook: Webhook
    seq: int
    attempts: int = 0
    due: float = 0.0
    random: Callable[[], float] = field(default=random.random)

    def failed(self, now: float, *, lasting: bool) -> bool:
        """Note a failure; True when the event is given up, at once where trying again cannot help (`lasting`)."""
        self.attempts += 1
        pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (self.attempts - 1))
        self.due = now + pause * (0.5 + self.random())
        return lasting or self.attempts >= MOST_ATTEMPTS

    def succeeded(self) -> None:
        """The way is free again."""
        self.attempts, self.due = 0, 0.0


class Webhooks:
    """All webhooks of an installation. One that fails holds up nobody else, and its own events stay in order."""

    def __init__(
        self,
        context: Context,
        webhooks: Sequence[Webhook],
        sender: Sender,
        positions: Positions,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context, self._sender, self._positions = context, sender, positions
        self._monotonic = monotonic
        newest = reporting.last_seq(context)
        self.followers = [Follower(each, self._begins(each, newest)) for each in webhooks]

    def _begins(self, webhook: Webhook, newest: int) -> int:
        known = self._positions.of(webhook.name)
        if known is None:
            self._positions.keep(webhook.name, newest)  # a new one is told what happens from now on
        return newest if known is None else min(known, newest)  # a restored database may be behind its webhooks

    def step(self) -> int:
        """Deliver what is due, for STEP_SECONDS at most, so that the lease is renewed in time; returns how many."""
        now = self._monotonic()
        due = [follower for follower in self.followers if follower.due <= now]
        return sum(self._step(follower, now + STEP_SECONDS) for follower in due)

    def _step(self, follower: Follower, ends: float) -> int:
        within = follower.webhook.markets
        events, looked = reporting.events_after(self._context, follower.seq, MOST_AT_ONCE, within)
        sent = 0
        for event in (each for each in events if each.kind in follower.webhook.kinds):
            if self._monotonic() >= ends or not self._told(follower, event):
                return sent
            sent += 1
        self._reached(follower, looked)
        return sent

    def _told(self, follower: Follower, event: Event) -> bool:
        """Whether to go on behind this event: it was delivered, or given up."""
        try:
            self._sender.send(follower.webhook, _delivery(event, self._context))
        except (NotDelivered, ValidationError) as error:
            # What does not fit its schema never will: holding it back would hold back everything behind it.
            gone = follower.failed(self._monotonic(), lasting=getattr(error, "lasting", True))
            level = logging.ERROR if gone else logging.WARNING
            what = "left out" if gone else f"attempt {follower.attempts}"
            why = error if isinstance(error, NotDelivered) else type(error).__qualname__
            _log.log(level, "webhook %s, event %s, %s: %s", follower.webhook.name, event.seq, what, why)
            if not gone:
                return False
        follower.succeeded()
        self._reached(follower, event.seq or follower.seq)
        return True

    def _reached(self, follower: Follower, seq: int) -> None:
        if seq != follower.seq:
            follower.seq = seq
            self._positions.keep(follower.webhook.name, seq)


def run_webhooks(context: Context, webhooks: Sequence[Webhook], folder: Path, stop: threading.Event) -> None:
    """Deliver until `stop` is set; of several processes one delivers, the others wait for its lease to end."""
    holder = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    sender = Sender()

    def deliver() -> None:
        following: Webhooks | None = None
        while not stop.is_set():
            if not leads(context, holder):
                following = None  # somebody else goes on from the positions; they are read anew afterwards
            else:
                following = following or Webhooks(context, webhooks, sender, Positions(folder))
                following.step()
            stop.wait(LOOK_SECONDS)

    try:
        supervise("webhooks", deliver, stop)
    finally:
        sender.close()
        stand_down(context, holder)


def leads(context: Context, holder: str) -> bool:
    """Take or renew the lease; False while another holder's lives."""
    with context.store.transaction() as uow:
        epoch = uow.leases.acquire(LEASE, holder, context.clock.now(), LEASE_LENGTH)
        uow.commit()
    return epoch is not None


def stand_down(context: Context, holder: str) -> None:
    """Give the lease back, so that another process need not wait for its end."""
    with context.store.transaction() as uow:
        uow.leases.release(LEASE, holder)
        uow.commit()


def _delivery(event: Event, context: Context) -> Delivery:
    body = outgoing_record(event, Topics("pointsman")).value
    return Delivery(f"pointsman-{event.seq}", int(context.clock.now().timestamp()), body)
