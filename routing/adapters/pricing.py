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
    from optimizer.parameters import MatchingParameters
    from optimizer.policy import MatchingPolicy
    from optimizer.problem import Floats
    from optimizer.reserve import FastLane
    from optimizer.snapshot import Snapshot, SteeringFacts

    Rates = tuple[Mapping[Kind, float], Mapping[Kind, float]]
    """Arrivals a second of each kind, and the fast lane's, weighted."""

log = logging.getLogger(__name__)
Run = Callable[[Callable[[], None]], None]
Place = tuple[str, str, str]
FIRST_LOOK = "the first tick has only just been seen"


def in_background(work: Callable[[], None]) -> None:
    """Run `work` in a thread of its own.

    A process that stops waits for it: a daemon thread caught inside a solver by the interpreter's end would abort it.
    """
    threading.Thread(target=work, name="prices", daemon=False).start()


@dataclass(frozen=True, slots=True)
class Prices:
    """What a refresh found. `lane`: whom fraud and vulnerable customers may find, COps in the order of `cop_prices`."""

    at: datetime
    version: str
    trust: float
    cop_prices: Mapping[str, float]
    cheapest: Mapping[Place, float]
    seconds_between: Mapping[Place, float]
    lane: "FastLane"


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
        self._fast: Demand = Demand()
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
        new = self._new(problem.conversations, problem.at)
        # Whoever waited before the first look came at unknown times.
        came, p = [] if self._at is None else new, self._pricing
        self._demand = self._demand.observed(_counted(came, [1.0] * len(came)), seconds, p.demand_half_life_seconds)
        fast = [each for each in came if each.fast_lane]
        weights = _weights(fast, self._matching)
        self._fast = self._fast.observed(_counted(fast, weights), seconds, p.demand_half_life_seconds)
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
        cheapest, between = (_known(table, snapshot) for table in (prices.cheapest, prices.seconds_between))
        ids = {cop.id for cop in snapshot.cops}
        cops = {cop_id: price for cop_id, price in prices.cop_prices.items() if cop_id in ids}
        reserves = self._reserves(prices, snapshot)
        return SteeringFacts(prices.at, prices.version, busy, prices.trust, cops, cheapest, reserves, between)

    def _reserves(self, prices: Prices, snapshot: "Snapshot") -> dict[str, float]:
        """What each free slot is worth to the fast lane now; COps whom the prices do not know are left out."""
        import numpy as np

        from optimizer.reserve import reserve_seconds

        at_work = {cop.id: sum(cop.free.values()) for cop in snapshot.cops if cop.available}
        free = np.array([at_work.get(cop_id, 0) for cop_id in prices.cop_prices], np.int64)
        seconds = reserve_seconds(prices.lane, free, self._pricing).tolist()
        return {cop_id: value for cop_id, value in zip(prices.cop_prices, seconds, strict=True) if value > 0}

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

    def adopt(self, policy: "MatchingPolicy") -> None:
        """Go on by another policy: what was seen of the demand still counts, and prices are worked out anew at once."""
        self._matching, self._pricing = policy.matching, policy.pricing
        self._asked = None

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
        floor = replace(snapshot, conversations=(), limits=())
        rates, fast = self._demand.rates(), self._fast.rates()
        self._busy.set()
        self._run(lambda: self._refresh(floor, (rates, fast), slots))

    def _refresh(self, floor: "Snapshot", rates: "Rates", slots: Mapping[str, int]) -> None:
        try:
            self._prices = self._worked_out(floor, rates, slots)
        except Exception as error:  # customers are matched without prices as well; the reason is shown
            self._missing = f"prices could not be worked out: {type(error).__name__}"
            log.error("prices could not be worked out: %s", type(error).__name__)
        finally:
            self._busy.clear()

    def _worked_out(self, floor: "Snapshot", rates: "Rates", slots: Mapping[str, int]) -> Prices:
        import numpy as np

        from optimizer.congestion import price_streams, staffing_of, steering_from, streams_of
        from optimizer.encoding import encode
        from optimizer.overload import kept_in_overload
        from optimizer.reserve import fast_lane

        problem, codes = encode(floor)
        staffing = staffing_of(problem, np.array([slots[cop.id] for cop in codes.cops], np.int64))
        names = (codes.issue_types, codes.markets, codes.languages)
        streams, unknown = streams_of(rates[0], *names)
        found = price_streams(streams, staffing, self._pricing)
        kept = kept_in_overload(found.overload, self._pricing)
        lane = fast_lane(streams_of(rates[1], *names)[0], staffing, kept)
        nobody = int(found.uncovered.sum()) + unknown
        if nobody:
            log.info("nobody at work can serve %d of the kinds of conversation that arrive", nobody)
        steering = steering_from(found, staffing, 0.0, self._pricing)
        cheapest = _by_place(steering.cheapest, names)
        between = {} if steering.seconds_between is None else _by_place(steering.seconds_between, names)
        prices = {cop.id: float(price) for cop, price in zip(codes.cops, steering.cop_price, strict=True)}
        version = hashlib.sha256(repr((sorted(prices.items()), sorted(cheapest.items()))).encode()).hexdigest()[:12]
        return Prices(floor.at, version, steering.trust, prices, cheapest, between, lane)


def _by_place(table: "Floats", names: tuple[Mapping[str, int], ...]) -> dict[Place, float]:
    """What is known of a (T, K, L) table, by name."""
    import numpy as np

    types, markets, languages = (list(each) for each in names)
    known = np.argwhere(~np.isnan(table)).tolist()
    return {(types[t], markets[k], languages[n]): float(table[t, k, n]) for t, k, n in known}


def _weights(conversations: Sequence[Conversation], matching: "MatchingParameters") -> list[float]:
    """How much a second of each one's wait counts."""
    import numpy as np

    from optimizer import costs

    priority = np.array([each.priority for each in conversations], np.int64)
    vulnerable, fraud = (
        np.array([getattr(each, flag) for each in conversations], np.bool_) for flag in ("vulnerable", "fraud")
    )
    weights: list[float] = costs.weight(priority, vulnerable, fraud, matching).tolist()
    return weights


def _counted(conversations: Sequence[Conversation], weights: Sequence[float]) -> "dict[Kind, float]":
    counts: dict[Kind, float] = {}
    for each, weight in zip(conversations, weights, strict=True):
        total = sum(probability for _, probability in each.candidates)
        for key, probability in each.candidates:
            kind = (key, each.market, each.language or "")
            counts[kind] = counts.get(kind, 0.0) + (weight * probability / total if total > 0 else 0.0)
    return counts


def _use(statuses: Iterator[CopStatus]) -> tuple[int, int]:
    used = slots = 0
    for status in statuses:
        slots += sum(status.capacity.values())
        used += status.total_load
    return used, slots


def _places(snapshot: "Snapshot") -> set[Place]:
    return {(key, c.market, c.language) for c in snapshot.conversations for key, _ in c.candidates}


def _known(table: Mapping[Place, float], snapshot: "Snapshot") -> dict[Place, float]:
    """What a table says of the places in a snapshot."""
    places = _places(snapshot)
    joint = {place: _joint(place, table) for place in places if "+" in place[1]}
    plain = {place: table[place] for place in places if place in table}
    return {**plain, **{place: value for place, value in joint.items() if value is not None}}


def _joint(place: Place, table: Mapping[Place, float]) -> float | None:
    """The least over the markets that may all be asked."""
    parts = ((place[0], market, place[2]) for market in place[1].split("+"))
    return min((table[part] for part in parts if part in table), default=None)
