"""What the prices of scarce time are worked out with: how much to see, how fast to forget, how steep to charge."""

from dataclasses import dataclass

from optimizer.ranges import Range, RangedParameters, ranged, ranged_list

_SHARES = (0.6, 0.15, 0.1, 0.07, 0.05, 0.03, 0.2)
_PRICES = (1.0, 1.25, 1.6, 2.2, 3.2, 5.0, 12.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingParameters(RangedParameters):
    """The `[pricing]` table of a policy; raises `ParametersInvalid` naming every value out of range.

    A COp's time gets dearer step by step as more of it is used: the first 60 % costs 1 a second, the next 15 % 1.25,
    and so on; the steps reach beyond 100 % because a plan on averages can. The steps were chosen on simulated floors at
    1.2 times the load that first come, first served carries.
    """

    refresh_seconds: float = ranged(60, 1, 86_400, "s", "how often prices are worked out anew")
    demand_half_life_seconds: float = ranged(1800, 10, 604_800, "s", "age at which an arrival counts half")
    occupancy_half_life_seconds: float = ranged(60, 1, 86_400, "s", "age at which a reading of occupancy counts half")
    fewest_arrivals: float = ranged(50, 1, 1e6, "conversations", "arrivals to see before there are prices")
    shortest_view_seconds: float = ranged(300, 1, 604_800, "s", "time to watch before there are prices")
    longest_age_seconds: float = ranged(900, 1, 604_800, "s", "age from which prices are no longer used")
    slowdown: float = ranged(0.3, 0, 10, "share", "how much each further conversation at once slows a COp down")
    step_shares: tuple[float, ...] = ranged_list(
        _SHARES, Range(0, 1, "share of time", "width of each step of utilisation"), "any"
    )
    step_prices: tuple[float, ...] = ranged_list(
        _PRICES, Range(0.01, 1000, "factor", "price of a second on each step, never falling"), "rising"
    )
    overflow_price: float = ranged(24, 1, 5000, "factor", "price of a second of work nobody does")
    reserve_horizon_seconds: float = ranged(300, 0, 86_400, "s", "how long a slot that is taken stays taken")
    reserve_loss_seconds: float = ranged(400, 0, 1e6, "s", "what fraud and vulnerable lose if nobody is free for them")
    reserve_share: float = ranged(0.3, 0, 1, "factor", "how much of that is left with each further slot free for them")
    overload_second_price: float = ranged(
        0.4, 0, 100, "factor", "price of each second beyond the usual length, with more work than time"
    )
    overload_reserve: float = ranged(0.3, 0, 1, "share", "how much is kept for fraud and vulnerable then")
    smallest_floor: float = ranged(40, 0, 100_000, "COps", "floors up to here are matched without prices")
    full_floor: float = ranged(120, 0, 100_000, "COps", "floors from here on are matched by prices alone")


def trust_of(n_cops: int, p: PricingParameters) -> float:
    """How far prices are believed on a floor of `n_cops`, 0-1: averages say little about a handful of people."""
    if n_cops >= max(p.full_floor, p.smallest_floor):
        return 1.0
    return max(n_cops - p.smallest_floor, 0.0) / max(p.full_floor - p.smallest_floor, 1.0)
