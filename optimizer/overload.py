"""A floor with more work than its COps have time: how far it is one, and what a conversation's length costs it then."""

from itertools import accumulate

import numpy as np

from optimizer.pricing import PricingParameters
from optimizer.problem import Floats, Indices
from optimizer.rules import Flags

_WHOLE = 1 - 1e-9
"""Widths of steps that add up to a COp's whole time may miss it in the last bit."""


def overload_of(cop_price: Floats, capacity: Floats, p: PricingParameters) -> float:
    """How far a floor has more work than time, 0-1: 0 up to the price of the last step within a COp's whole time.

    cop_price, capacity: (M,) float64, capacity 0 for those not at work. From there to the next price, the mean price of
    a second decides: a few busy specialists are no overload.
    """
    whole = float(capacity.sum())
    if whole <= 0:
        return 0.0
    last, beyond = _prices_around_whole(p)
    mean = float(capacity @ cop_price) / whole
    return min(max((mean - last) / (beyond - last), 0.0), 1.0) if beyond > last else 0.0


def _prices_around_whole(p: PricingParameters) -> tuple[float, float]:
    """The price of the last step within a COp's whole time, and the next."""
    prices = (*p.step_prices, p.overflow_price)
    within = [used < _WHOLE for used in accumulate(p.step_shares)]
    last = min(within.count(True), len(p.step_prices) - 1)
    return prices[last], prices[last + 1]


def typical_seconds(expected: Floats, able: Flags) -> Floats:
    """(T,) s: the mean over those able at work of `expected` (T, M), 0 where nobody is."""
    return np.asarray(np.where(able, expected, 0.0).sum(axis=1) / np.maximum(able.sum(axis=1), 1))


def usual_seconds(typical: Floats, issue_type: Indices, per_second: Floats) -> float:
    """Handle time, in s, of the arrivals of C kinds on average; 0 without any."""
    rate = np.where(typical[issue_type] > 0, per_second, 0.0)
    return float(rate @ typical[issue_type] / rate.sum()) if rate.sum() > 0 else 0.0


def levelled(cheapest: Floats, typical: Floats, usual: float, overload: float, p: PricingParameters) -> Floats:
    """(T, K, L) `cheapest`, less what a kind longer than usual costs the others in overload, more for a shorter one.

    Where somebody must go without, an hour spent on one is an hour kept from several.
    """
    if overload <= 0 or usual <= 0:
        return cheapest
    longer = (typical - usual)[:, None, None]
    return np.asarray(np.maximum(cheapest - overload * p.overload_second_price * longer, 0.0))


def kept_in_overload(overload: float, p: PricingParameters) -> float:
    """Share of the reserve that is left: every slot kept free then is somebody else who goes without."""
    return 1 - overload * (1 - p.overload_reserve)
