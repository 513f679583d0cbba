"""Prices for the board: the production fluid program over forecast and recent arrivals, beside the ticks."""

from dataclasses import replace

import numpy as np

from optimizer import costs
from optimizer.board import Board
from optimizer.congestion import Congestion, Streams, price_streams, staffing_of, steering_from
from optimizer.demand import Demand, Kind, Occupancy
from optimizer.overload import kept_in_overload
from optimizer.parameters import MatchingParameters
from optimizer.pricing import PricingParameters
from optimizer.problem import Indices
from optimizer.reserve import FastLane, fast_lane, reserve_seconds
from optimizer.steering import Steering
from simulation.floor.demand import rates
from simulation.floor.state import FloorState
from simulation.floor.world import World

READING_SECONDS = 20.0
"""How often occupancy is read."""


class Steersman:
    """Watches arrivals and occupancy, and hands the board new prices when they are due.

    It begins the day as if it had seen the forecast come true for as long as it remembers; the forecast is the true
    rate of each kind with a log error.
    """

    def __init__(
        self, world: World, state: FloorState, pricing: PricingParameters, parameters: MatchingParameters
    ) -> None:
        self._world, self._state, self._pricing = world, state, pricing
        self._demand = _forecast(world, pricing)
        d = world.demand
        self._weight = (costs.weight(d.priority, d.vulnerable, d.fraud, parameters) * (d.vulnerable | d.fraud)).tolist()
        self._fast = _fast_forecast(world, self._demand, parameters)
        self._fresh_fast: dict[Kind, float] = {}
        self._lane: FastLane | None = None
        self._occupancy = Occupancy()
        self._fresh: dict[Kind, float] = {}
        self._likeliest: list[int] = world.triage.likeliest.tolist()
        self._market, self._language = world.demand.market.tolist(), world.demand.language.tolist()
        self._read = self._counted = 0.0
        self._due = 0.0
        self._steering: Steering | None = None
        self.priced = 0

    def saw(self, customer: int) -> None:
        """A customer wrote."""
        kind = self._likeliest[self._state.belief[customer]], self._market[customer], self._language[customer]
        self._fresh[kind] = self._fresh.get(kind, 0.0) + 1.0
        if self._weight[customer]:
            self._fresh_fast[kind] = self._fresh_fast.get(kind, 0.0) + self._weight[customer]

    def steer(self, board: Board, now: float) -> None:
        """Read what is due to be read, and tell the board of prices where they changed and of reserves as they are."""
        if now >= self._read or self._steering is None:
            self._refresh(board, now)
        if self._lane is not None:
            free = np.where(self._state.available, self._state.free, 0)
            board.keep(reserve_seconds(self._lane, free, self._pricing))

    def _refresh(self, board: Board, now: float) -> None:
        self._observe(now)
        if now >= self._due and self._state.available.any():
            self._due = now + self._pricing.refresh_seconds
            self._steering = self._price(board, now)
        if self._steering is not None:
            self._steering = replace(self._steering, occupancy=self._occupancy.value or 0.0)
            board.steer(self._steering)

    def _observe(self, now: float) -> None:
        present, state = self._state.available, self._state
        people = present & ~self._world.people.is_agent
        slots = float(self._world.people.slots[people].sum())
        half_life = self._pricing.occupancy_half_life_seconds
        passed = READING_SECONDS if self._steering else 0.0
        self._occupancy = self._occupancy.observed(float(state.load[people].sum()), slots, passed, half_life)
        memory = self._pricing.demand_half_life_seconds
        self._demand = self._demand.observed(self._fresh, now - self._counted, memory)
        self._fast = self._fast.observed(self._fresh_fast, now - self._counted, memory)
        self._fresh, self._fresh_fast = {}, {}
        self._counted, self._read = now, now + READING_SECONDS

    def _price(self, board: Board, now: float) -> Steering:
        self.priced += 1
        nobody = np.zeros(0, np.int64)
        staffing = staffing_of(board.problem(now, nobody), self._world.people.slots)
        found: Congestion = price_streams(_streams(self._demand), staffing, self._pricing)
        self._lane = fast_lane(_streams(self._fast), staffing, kept_in_overload(found.overload, self._pricing))
        return steering_from(found, staffing, self._occupancy.value or 0.0, self._pricing, f"{now:.0f}")


def _streams(demand: Demand) -> Streams:
    seen = sorted(demand.rates().items())
    kinds: Indices = np.array([kind for kind, _ in seen], np.int64).reshape(-1, 3)
    return Streams(kinds[:, 0], kinds[:, 1], kinds[:, 2], np.array([rate for _, rate in seen], np.float64))


def _forecast(world: World, pricing: PricingParameters) -> Demand:
    """What would be remembered had the forecast for the first hour come true."""
    scenario = replace(world.scenario, surges=())
    first_hour = np.arange(0.0, min(3600.0, scenario.seconds), 300.0)
    kind_rate = rates(scenario, world.people.kinds, world.per_second, first_hour).mean(axis=0)
    languages = [share for _, share in scenario.arrivals.languages]
    markets = [share for _, share in scenario.arrivals.markets]
    rng = np.random.default_rng([world.seed, 6])
    weight = pricing.demand_half_life_seconds / np.log(2)
    shape = (len(kind_rate), len(markets), len(languages))
    error = np.exp(scenario.knowledge.forecast_log_error * rng.normal(0.0, 1.0, shape))
    rate = kind_rate[:, None, None] * np.array(markets)[None, :, None] * np.array(languages) * error
    counts: dict[Kind, float] = {
        (int(t), int(k), int(lang)): float(rate[t, k, lang] * weight) for t, k, lang in np.ndindex(shape)
    }
    return Demand(counts, weight, float(rate.sum() * weight), weight)


def _fast_forecast(world: World, forecast: Demand, parameters: MatchingParameters) -> Demand:
    """The fast lane's share of the forecast, weighted: all of fraud, and the vulnerable among the others."""
    kinds, share = world.people.kinds, world.scenario.customers.vulnerable_share
    is_fraud = (kinds.family == 0) & (world.scenario.issues.families > 1)
    never, first = np.zeros_like(is_fraud), np.ones(len(kinds), np.int64)
    fraud = costs.weight(first, never, ~never, parameters)
    vulnerable = costs.weight(first, ~never, never, parameters)
    weight = np.where(is_fraud, fraud, share * vulnerable)
    counts = {kind: count * float(weight[int(str(kind[0]))]) for kind, count in forecast.counts.items()}
    return replace(forecast, counts=counts)
