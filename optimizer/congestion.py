"""Prices of scarce time from a fluid program: recent arrivals as streams, COps as capacities that get dearer when full.

    minimise   the sum over COps of what their used time costs, step by step, plus the price of what nobody does
    such that  every stream is served or overflows, and a COp's used time is the work they are given

The price of a COp's second is the dual of their capacity. Duals of throughput alone vanish wherever there is a little
slack; the steps keep them alive.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from optimizer.demand import Kind
from optimizer.fluid_dual import ascend
from optimizer.fluid_program import FluidProgram, solve_exactly
from optimizer.overload import levelled, overload_of, typical_seconds, usual_seconds
from optimizer.pricing import PricingParameters, trust_of
from optimizer.problem import CopArrays, Floats, Indices, Problem
from optimizer.rules import Flags
from optimizer.steering import LARGEST_BETWEEN, LARGEST_PRICE, Steering
from optimizer.tables import tabulate

MOST_EXACT_PAIRS = 20_000
"""Up to here a simplex takes about a quarter of a second; beyond, the dual is climbed, to within 2 in a thousand."""


@dataclass(frozen=True, slots=True, eq=False)
class Streams:
    """C kinds of conversation that arrive. issue_type, market, language: (C,) int64; per_second: (C,) float64."""

    issue_type: Indices
    market: Indices
    language: Indices
    per_second: Floats

    def __len__(self) -> int:
        return len(self.issue_type)


def streams_of(
    rates: Mapping[Kind, float],
    issue_types: Mapping[str, int],
    markets: Mapping[str, int],
    languages: Mapping[str, int],
) -> tuple[Streams, int]:
    """Rates by name as streams, and how many kinds nobody at work has even the names for."""
    known, unknown = [], 0
    for (what, place_of, tongue), rate in sorted(rates.items(), key=repr):
        place = (issue_types.get(str(what)), markets.get(str(place_of)), languages.get(str(tongue)))
        if None in place:
            unknown += rate > 0
        else:
            known.append((*place, rate))
    issue, where, spoken, per_second = zip(*known, strict=True) if known else ((), (), (), ())
    issue_type, market, language = (np.array(column, np.int64) for column in (issue, where, spoken))
    return Streams(issue_type, market, language, np.array(per_second, np.float64)), unknown


@dataclass(frozen=True, slots=True, eq=False)
class Staffing:
    """M COps and what they can do.

    expected: (T, M) float64, seconds; able: (T, M) bool, has the skill; slots: (M,) int64, conversations each may hold
    at once. COps who are not available do not count.
    """

    cops: CopArrays
    expected: Floats
    able: Flags
    slots: Indices


@dataclass(frozen=True, slots=True, eq=False)
class Congestion:
    """What the fluid program says.

    cop_price: (M,) float64; stream_price: (C,) float64, priced seconds that one more arrival costs, NaN where nobody
    can serve it; uncovered: (C,) bool; bound: no way of serving everyone costs less a second; overload: how far there
    is more work than time, 0-1; usual_seconds: s, handle time of the arrivals on average.
    """

    cop_price: Floats
    stream_price: Floats
    uncovered: Flags
    bound: float
    overload: float
    usual_seconds: float


def staffing_of(problem: Problem, slots: Indices) -> Staffing:
    """The COps of a problem (its conversations do not matter), each with `slots` (M,) at most at once."""
    table = tabulate(problem)
    return Staffing(problem.cops, table.expected, table.able, slots)


def price_streams(streams: Streams, staffing: Staffing, p: PricingParameters) -> Congestion:
    """Solve the fluid program; with no arrivals or nobody at work every COp has the price of time to spare."""
    may = may_serve(streams, staffing)
    uncovered = np.asarray(~may.any(axis=1))
    at = np.flatnonzero(~uncovered & (streams.per_second > 0))
    program = _program(streams, staffing, may, at, p)
    prices, bound = (np.zeros(0), 0.0) if not at.size else _solve(program)
    stream_price = np.full(len(streams), np.nan)
    stream_price[at] = prices
    cop_price = _cop_prices(program, prices, len(staffing.cops))
    quiet = np.flatnonzero(~uncovered & (streams.per_second <= 0))
    seconds = np.where(may[quiet], cop_price * staffing.expected[streams.issue_type[quiet]], np.inf)
    stream_price[quiet] = seconds.min(axis=1, initial=np.inf)
    overload = overload_of(cop_price, _capacity_at_work(staffing, p), p)
    usual = usual_seconds(_typical(staffing), streams.issue_type, streams.per_second)
    return Congestion(cop_price, stream_price, uncovered, bound, overload, usual)


def steering_from(
    congestion: Congestion, staffing: Staffing, occupancy: float, p: PricingParameters, version: str = ""
) -> Steering:
    """Prices in the shape a tick takes, trusted as far as the number of COps at work allows."""
    at_work = int(np.count_nonzero(staffing.cops.available))
    least = cheapest_by_place(congestion.cop_price, staffing)
    cheapest = levelled(least, _typical(staffing), congestion.usual_seconds, congestion.overload, p)
    between = seconds_between(staffing, p)
    trust = trust_of(at_work, p)
    return Steering(congestion.cop_price, cheapest, occupancy, trust, version, seconds_between=between)


def cheapest_by_place(cop_price: Floats, staffing: Staffing) -> Floats:
    """(T, K, L) float64: the least price x expected handle time over the COps at work who could; NaN where nobody."""
    priced = np.where(staffing.able & staffing.cops.available, cop_price * staffing.expected, np.inf)
    cheapest = _each_place(staffing, lambda here: priced[:, here].min(axis=1, initial=np.inf))
    return np.where(np.isinf(cheapest), np.nan, cheapest)


def seconds_between(staffing: Staffing, p: PricingParameters) -> Floats:
    """(T, K, L) float64: how often, while all are busy, a slot of a COp at work who could comes free; NaN where nobody.

    A COp ends conversations at the pace of the issue types they are able to serve, each as often.
    """
    work = np.where(staffing.able, staffing.expected, 0.0).sum(axis=0) / np.maximum(staffing.able.sum(axis=0), 1)
    ends = np.where(staffing.cops.available & (work > 0), capacity_of(staffing.slots, p) / np.maximum(work, 1.0), 0.0)
    often = _each_place(staffing, lambda here: np.asarray(staffing.able[:, here].astype(np.float64) @ ends[here]))
    return np.asarray(np.where(often > 0, 1 / np.maximum(often, 1 / LARGEST_BETWEEN), np.nan))


def _each_place(staffing: Staffing, found: Callable[[Flags], Floats]) -> Floats:
    """(T, K, L): what `found` (T,) says of the COps who serve each market in each language, (M,) bool."""
    cops = staffing.cops
    table = np.empty((len(staffing.able), cops.serves_market.shape[1], cops.language_proficiency.shape[1]))
    for market, language in np.ndindex(*table.shape[1:]):
        here = cops.serves_market[:, market] & (cops.language_proficiency[:, language] > 0)
        table[:, market, language] = found(np.asarray(here))
    return table


def capacity_of(slots: Indices, p: PricingParameters) -> Floats:
    """(M,) float64: seconds of work a COp does in a second with all `slots` in use; each slows the others."""
    return np.asarray(slots / (1 + p.slowdown * np.maximum(slots - 1, 0)))


def _capacity_at_work(staffing: Staffing, p: PricingParameters) -> Floats:
    return np.asarray(np.where(staffing.cops.available, capacity_of(staffing.slots, p), 0.0))


def _typical(staffing: Staffing) -> Floats:
    return typical_seconds(staffing.expected, staffing.able & staffing.cops.available)


def may_serve(streams: Streams, staffing: Staffing) -> Flags:
    """(C, M) bool: who at work may serve which kind."""
    cops = staffing.cops
    speaks = cops.language_proficiency.T[streams.language] > 0
    at_work = cops.available & (staffing.slots > 0)
    return np.asarray(staffing.able[streams.issue_type] & cops.serves_market.T[streams.market] & speaks & at_work)


def _program(streams: Streams, staffing: Staffing, may: Flags, at: Indices, p: PricingParameters) -> FluidProgram:
    stream, cop = np.nonzero(may[at])
    return FluidProgram(
        rate=streams.per_second[at],
        stream=stream,
        cop=cop,
        seconds=staffing.expected[streams.issue_type[at][stream], cop],
        capacity=capacity_of(staffing.slots, p),
        step_share=np.array(p.step_shares),
        step_price=np.array(p.step_prices),
        overflow_price=p.overflow_price,
    )


def _solve(program: FluidProgram) -> tuple[Floats, float]:
    return solve_exactly(program) if program.cop.size <= MOST_EXACT_PAIRS else ascend(program)


def _cop_prices(program: FluidProgram, stream_price: Floats, n_cops: int) -> Floats:
    """A COp's second is worth what it earns on the stream it serves best; the program's own dual wherever it is used.

    Whom no stream wants has time to spare.
    """
    price = np.zeros(n_cops)
    np.maximum.at(price, program.cop, stream_price[program.stream] / program.seconds)
    wanted = np.zeros(n_cops, np.bool_)
    wanted[program.cop] = True
    return np.where(wanted, np.minimum(np.rint(price * 1e6) / 1e6, LARGEST_PRICE), program.step_price[0])
