"""Everybody who waits, grouped so that a look at thousands costs little: who has least time left in each group."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from routing.domain.market import Market
from routing.domain.overflow import Overflow, runs_always
from routing.domain.queue import Wait

GroupKey = tuple[str, str | None, bool]
"""(market, issue type, fast lane)"""
ByClock = Callable[[datetime], float]
"""Seconds from the origin by one clock, negative before it."""


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Those of one market and issue type whose wait is told by the same clock. `since`: when the oldest began to wait.

    ends: when each target is over by that clock, in seconds, the soonest first; starts: when each began to wait by it.
    """

    market: str
    issue_type: str | None
    since: datetime
    ends: tuple[float, ...]
    starts: tuple[float, ...]
    latest: float
    clock: ByClock

    def slacks(self, at: datetime) -> list[float]:
        """Seconds left to each target, negative past it; nobody has more left than the target, whatever clocks say."""
        now = self.clock(at)
        if now >= self.latest:
            return [end - now for end in self.ends]
        return [end - max(now, start) for end, start in zip(self.ends, self.starts, strict=True)]

    def late(self, at: datetime) -> int:
        """How many are past their target."""
        return bisect_left(self.ends, self.clock(at))


class Lineup:
    """Who waits, by conversation. `origin`: from where clocks count; any moment does."""

    def __init__(self, rules: Overflow, markets: Mapping[str, Market], origin: datetime) -> None:
        self._rules, self._markets, self._origin = rules, markets, origin
        self._waits: dict[GroupKey, dict[str, Wait]] = {}
        self._where: dict[str, GroupKey] = {}
        self._groups: dict[GroupKey, Group] = {}

    def put(self, waits: Iterable[Wait]) -> None:
        """These wait, in place of what was known of them."""
        for wait in waits:
            self.drop((wait.id,))
            key = (wait.market, wait.issue_type, wait.fast_lane)
            self._where[wait.id] = key
            self._waits.setdefault(key, {})[wait.id] = wait
            self._groups.pop(key, None)

    def drop(self, ids: Iterable[str]) -> None:
        """These wait no more; whoever did not is passed over."""
        for id in ids:
            key = self._where.pop(id, None)
            if key is not None:
                del self._waits[key][id]
                self._groups.pop(key, None)

    def groups(self) -> Iterator[Group]:
        """Every group that somebody is in; only those that changed are put together anew."""
        for key, waits in self._waits.items():
            if waits and key not in self._groups:
                self._groups[key] = self._group(key, waits)
        return iter([*self._groups.values()])

    def _group(self, key: GroupKey, waits: Mapping[str, Wait]) -> Group:
        market, issue_type, fast_lane = key
        clock = self._clock(market, fast_lane)
        begun = [(clock(each.waiting_since), each.target_seconds) for each in waits.values()]
        # To the microsecond, as the times are told: whoever is at the target to the dot is not past it.
        ends, starts = zip(*sorted((round(start + target, 6), start) for start, target in begun), strict=True)
        oldest = min(each.waiting_since for each in waits.values())
        return Group(market, issue_type, oldest, ends, starts, max(starts), lambda at: round(clock(at), 6))

    def _clock(self, market: str, fast_lane: bool) -> ByClock:
        home, origin = self._markets.get(market), self._origin
        if home is None or runs_always(self._rules, home, fast_lane):
            return lambda at: (at - origin).total_seconds()
        return lambda at: home.open_seconds(origin, at) if at >= origin else -home.open_seconds(at, origin)
