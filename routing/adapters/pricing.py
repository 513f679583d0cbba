"""Prices of scarce time for one matching group: watched from tick to tick, worked out anew off the tick's path."""

import hashlib
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from routing.domain.conversation import Conversation
from routing.domain.cop import CopStatus
from routing.ports import MatchingProblem

if TYPE_CHECKING:
    from optimizer.demand import Kind
    from optimizer.policy import MatchingPolicy
    from optimizer.snapshot import Snapshot, SteeringFacts

log = logging.getLogger(__name__)
Run = Callable[[Callable[[], None]], None]
Place = tuple[str, str, str]
FIRST_LOOK = "the first tick has only just been seen"


def in_background(work: Callable[[], None]) -> None:
    """Run `work` in a thread of its own, which does not keep the process alive."""
    threading.Thread(target=work, name="prices", daemon=True).start()


@dataclass(frozen=True, slots=True)
class Prices:
    """What a refresh found."""

    at: datetime
    version: str
    trust: float
    cop_prices: Mapping[str, float]
    cheapest: Mapping[Place, float]


class Pricer:
    """Watches one group's arrivals and occupancy, and keeps its prices fresh.

    `observe` costs a look at who is new; every `refresh_seconds` it starts a refresh by `run`, which is why a slow
    one never delays a tick. For one thread, beside the refresh.
    """

    def __init__(self, policy: "MatchingPolicy", run: Run = in_background) -> None:
        from optimizer.demand import Demand, Occupancy

        self._matching, self._pricing = policy.matching, policy.pricing
        self._run = run
        self._demand: Demand = Demand()
        self._occupancy: Occupancy = Occupancy()
        self._seen: dict[str, datetime] = {}
        self._at: datetime | None = None
        self._asked: datetime | None = None
        self._prices: Prices | None = None
        self._missing: str = FIRST_LOOK
        self._busy = threading.Event()

    def observe(self, problem: MatchingProblem, snapshot: "Snapshot") -> None:
        """Take in one tick: who is new, how busy everybody is; start a refresh when it is due."""
        seconds = 0.0 if self._at is None else max((problem.at - self._at).total_seconds(), 0.0)
        arrived = _counted(self._new(problem.conversations, problem.at))
        # Whoever waited before the first look came at unknown times.
        p = self._pricing
        self._demand = self._demand.observed({} if self._at is None else arrived, seconds, p.demand_half_life_seconds)
        used, slots = _use(status for _, status in problem.cops)
        self._occupancy = self._occupancy.observed(used, slots, seconds, p.occupancy_half_life_seconds)
        self._at = problem.at
        self._refresh_if_due(problem, snapshot)

    def steering(self, snapshot: "Snapshot") -> "SteeringFacts | None":
        """The prices that concern this snapshot; None while there are none, for the reason in `missing`."""
        from optimizer.snapshot import SteeringFacts

        prices, busy = self._prices, self._occupancy.value
        if prices is None or busy is None or self.missing(snapshot.at) is not None:
            return None
        cheapest = {place: prices.cheapest[place] for place in _places(snapshot) if place in prices.cheapest}
        joint = {place: _joint(place, prices.cheapest) for place in _places(snapshot) if "+" in place[1]}
        known = {**cheapest, **{place: value for place, value in joint.items() if value is not None}}
        ids = {cop.id for cop in snapshot.cops}
        cops = {cop_id: price for cop_id, price in prices.cop_prices.items() if cop_id in ids}
        return SteeringFacts(prices.at, prices.version, busy, prices.trust, cops, known)

    def missing(self, at: datetime) -> str | None:
        """Why ticks are unpriced, in words; None when they are priced."""
        prices = self._prices
        if prices is None:
            return self._missing
        if (at - prices.at).total_seconds() > self._pricing.longest_age_seconds:
            return f"the prices are of {prices.at.isoformat()}, older than allowed"
        if prices.trust == 0:
            return f"prices need more than {self._pricing.smallest_floor:g} COps at work"
        return None

    @property
    def prices_at(self) -> datetime | None:
        """When the prices in use were worked out."""
        return self._prices.at if self._prices else None

    def _new(self, conversations: Sequence[Conversation], at: datetime) -> list[Conversation]:
        new = [each for each in conversations if each.id not in self._seen]
        self._seen.update((each.id, at) for each in conversations)
        if len(self._seen) > 2 * len(conversations) + 10_000:
            oldest = sorted(self._seen.items(), key=lambda item: item[1])
            self._seen = dict(oldest[len(oldest) // 2 :])
        return new

    def _refresh_if_due(self, problem: MatchingProblem, snapshot: "Snapshot") -> None:
        due = self._asked is None or (problem.at - self._asked).total_seconds() >= self._pricing.refresh_seconds
        if not due or self._busy.is_set():
            return
        self._asked = problem.at
        lacking = self._demand.lacks(self._pricing)
        if lacking is not None:
            self._missing = lacking
            return
        slots = {str(cop.id): sum(status.capacity.values()) for cop, status in problem.cops}
        floor, rates = replace(snapshot, conversations=(), limits=()), self._demand.rates()
        self._busy.set()
        self._run(lambda: self._refresh(floor, rates, slots))

    def _refresh(self, floor: "Snapshot", rates: "Mapping[Kind, float]", slots: Mapping[str, int]) -> None:
        try:
            self._prices = self._worked_out(floor, rates, slots)
        except Exception as error:  # customers are matched without prices as well; the reason is shown
            self._missing = f"prices could not be worked out: {type(error).__name__}"
            log.error("prices could not be worked out: %s", type(error).__name__)
        finally:
            self._busy.clear()

    def _worked_out(self, floor: "Snapshot", rates: "Mapping[Kind, float]", slots: Mapping[str, int]) -> Prices:
        import numpy as np

        from optimizer.congestion import price_streams, staffing_of, steering_from, streams_of
        from optimizer.encoding import encode

        problem, codes = encode(floor)
        staffing = staffing_of(problem, np.array([slots[cop.id] for cop in codes.cops], np.int64))
        streams, unknown = streams_of(rates, codes.issue_types, codes.markets, codes.languages)
        found = price_streams(streams, staffing, self._pricing)
        nobody = int(found.uncovered.sum()) + unknown
        if nobody:
            log.info("nobody at work can serve %d of the kinds of conversation that arrive", nobody)
        steering = steering_from(found, staffing, 0.0, self._pricing)
        names = (list(codes.issue_types), list(codes.markets), list(codes.languages))
        known = np.argwhere(~np.isnan(steering.cheapest)).tolist()
        cheapest = {(names[0][t], names[1][k], names[2][n]): float(steering.cheapest[t, k, n]) for t, k, n in known}
        prices = {cop.id: float(price) for cop, price in zip(codes.cops, steering.cop_price, strict=True)}
        version = hashlib.sha256(repr((sorted(prices.items()), sorted(cheapest.items()))).encode()).hexdigest()[:12]
        return Prices(floor.at, version, steering.trust, prices, cheapest)


def _counted(conversations: Sequence[Conversation]) -> "dict[Kind, float]":
    counts: dict[Kind, float] = {}
    for each in conversations:
        total = sum(probability for _, probability in each.candidates)
        for key, probability in each.candidates:
            kind = (key, each.market, each.language or "")
            counts[kind] = counts.get(kind, 0.0) + (probability / total if total > 0 else 0.0)
    return counts


def _use(statuses: Iterator[CopStatus]) -> tuple[int, int]:
    used = slots = 0
    for status in statuses:
        slots += sum(status.capacity.values())
        used += status.total_load
    return used, slots


def _places(snapshot: "Snapshot") -> set[Place]:
    return {(key, c.market, c.language) for c in snapshot.conversations for key, _ in c.candidates}


def _joint(place: Place, cheapest: Mapping[Place, float]) -> float | None:
    """The least over the markets that may all be asked."""
    parts = ((place[0], market, place[2]) for market in place[1].split("+"))
    return min((cheapest[part] for part in parts if part in cheapest), default=None)
