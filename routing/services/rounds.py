"""When each matching group has its ticks: at the latest after a pause, sooner for who has just come."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from routing.ports import Matcher
from routing.services import matching
from routing.services.context import Context
from routing.services.failures import told

LEAST_REST_SECONDS = 0.1
REST, REST_AFTER_LEAVING_SOME = 2.0, 10.0
"""How many times as long as the last tick worked; longer where it found nobody for some, for then it will do so again.

What it waited for besides, such as the database, is rested once: more would make those wait longer who do already.
"""
RENEWALS_A_LEASE = 3
"""How often a lead is renewed in the length of its lease. However old it is, each tick's commit asks for its epoch."""
FIRST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS = 0.2, 5.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Group:
    """One group's times, by the monotonic clock: a tick at `due_at` at the latest, and none before `rested_at`.

    Between the two, one comes where more wait than the `left` of the last; None where another process leads. `led_at`:
    when the lead was taken or renewed, by the service's clock.
    """

    due_at: float = 0.0
    rested_at: float = 0.0
    left: int | None = None
    leader: matching.Leader | None = None
    led_at: datetime | None = None
    failures: int = 0
    reason: str = ""


class Rounds:
    """Gives every matching group its ticks, whatever becomes of the others: one that fails waits longer, alone."""

    def __init__(
        self,
        context: Context,
        matcher_of: Callable[[str], Matcher],
        holder: str,
        pause_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context, self._matcher_of, self._holder = context, matcher_of, holder
        self._pause, self._monotonic = pause_seconds, monotonic
        self._groups: dict[str, _Group] = {}

    def turn(self) -> None:
        """Look at each group; those whose time has come have their tick."""
        known = self._context.packs.current().matching_groups
        self._groups = {name: self._groups.get(name, _Group()) for name in known}
        for name, group in self._groups.items():
            if self._is_time(name, group):
                self._tick(name, group)

    def ailing(self) -> str:
        """Which groups fail, and with what; empty where none does."""
        failing = ((name, group) for name, group in self._groups.items() if group.failures)
        return "; ".join(f"{name} failed {group.failures} times: {group.reason}" for name, group in failing)

    def _is_time(self, name: str, group: _Group) -> bool:
        now = self._monotonic()
        if now >= group.due_at:
            return True
        return group.left is not None and now >= group.rested_at and self._waiting(name) > group.left

    def _tick(self, name: str, group: _Group) -> None:
        began, worked = self._monotonic(), time.thread_time()
        try:
            group.left = self._left_by_a_tick(name, group)
        except Exception as error:
            group.failures, group.reason = group.failures + 1, type(error).__name__
            log.error("matching of the group %s failed: %s", name, told(error))
            backoff = FIRST_BACKOFF_SECONDS * 2.0 ** min(group.failures - 1, 10)
            group.left = group.leader = None
            group.due_at = self._monotonic() + min(LONGEST_BACKOFF_SECONDS, backoff)
            return
        group.failures, ended = 0, self._monotonic()
        rest = (REST_AFTER_LEAVING_SOME if group.left else REST) * (time.thread_time() - worked)
        group.rested_at, group.due_at = ended + max(LEAST_REST_SECONDS, rest, ended - began), ended + self._pause

    def _leader(self, name: str, group: _Group) -> matching.Leader | None:
        """The lead as it was last renewed, where that is not long ago: it spares most ticks a write to the database."""
        now = self._context.clock.now()
        fresh = (
            group.led_at is not None
            and group.led_at <= now < group.led_at + self._context.policy.lease / RENEWALS_A_LEASE
        )
        if group.leader is None or not fresh:
            group.leader, group.led_at = matching.lead(self._context, name, self._holder), now
        return group.leader

    def _left_by_a_tick(self, name: str, group: _Group) -> int | None:
        leader = self._leader(name, group)
        if leader is None:
            return None
        waiting = self._waiting(name)
        made = matching.led_tick(self._context, self._matcher_of(name), leader)
        return waiting if made is None else made.waiting - made.offered

    def _waiting(self, name: str) -> int:
        with self._context.store.reading() as uow:
            markets = self._context.packs.current().matching_groups[name]
            return uow.conversations.count_waiting(markets)
