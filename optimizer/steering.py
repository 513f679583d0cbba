"""What the prices of scarce time say to one tick: what each COp's time is worth, and how busy the floor is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from optimizer.errors import Fault, SteeringInvalid

Floats = NDArray[np.float64]

LARGEST_PRICE = 1e4
"""No second of a COp's time is worth more seconds: the fluid program's dearest outlet is a thousandth of it."""

LARGEST_CHEAPEST = 1e13
"""The largest price times the longest handle time."""

LARGEST_BETWEEN = 1e9
"""Seconds; some thirty years."""

LARGEST_RESERVE = 1e9
"""Weighted seconds; far beyond what any fast lane loses by one slot."""

UNKNOWN_PRICE = 1.0
"""The price of a COp who joined after the prices were worked out: that of somebody with time to spare."""


@dataclass(frozen=True, slots=True, eq=False)
class Steering:
    """Prices for M COps, T issue types, K markets and L languages; raises `SteeringInvalid` naming what is wrong.

    cop_price: (M,) float64, seconds of time to spare that one second of this COp's time is worth, 1 where there is
    plenty; cheapest: (T, K, L) float64, what of price x expected handle time is not charged, in the same seconds: the
    least of these over the group's able COps, less for long conversations where there is more work than time
    (`optimizer.overload`), NaN where nobody is known to be able; occupancy: share of the floor's slots in use,
    smoothed, 0-1; trust: how far prices are believed, 0-1, less than 1 on small floors; version: what they were worked
    out from; cop_reserve: (M,) float64, weighted seconds that the fast lane may lose by this COp's next slot being
    taken, None where nothing is kept for it; seconds_between: (T, K, L) float64, how often a slot of somebody
    able comes free, NaN where nobody is known to be able, None where it is not known at all.
    """

    cop_price: Floats
    cheapest: Floats
    occupancy: float
    trust: float = 1.0
    version: str = ""
    cop_reserve: Floats | None = None
    seconds_between: Floats | None = None

    def __post_init__(self) -> None:
        faults = list(_faults_of(self))
        if faults:
            raise SteeringInvalid(faults)

    def reserve_of(self, cops: NDArray[np.int64]) -> Floats:
        """(P,) weighted seconds: the reserve of each of `cops` (P,)."""
        return np.zeros(cops.size) if self.cop_reserve is None else self.cop_reserve[cops]

    def among(self, cops: NDArray[np.int64]) -> "Steering":
        """The same for `cops` (J,) alone, in that order."""
        reserve = None if self.cop_reserve is None else self.cop_reserve[cops]
        return replace(self, cop_price=self.cop_price[cops], cop_reserve=reserve)


def shape_fault(steering: Steering, n_cops: int, n_types: int, n_markets: int, n_languages: int) -> str | None:
    """What does not fit a floor of this size, or None."""
    if steering.cop_price.shape != (n_cops,):
        return f"steering.cop_price: expected shape ({n_cops},), found {steering.cop_price.shape}"
    if steering.cop_reserve is not None and steering.cop_reserve.shape != (n_cops,):
        return f"steering.cop_reserve: expected shape ({n_cops},), found {steering.cop_reserve.shape}"
    wanted = (n_types, n_markets, n_languages)
    for name in ("cheapest", "seconds_between"):
        table = getattr(steering, name)
        if table is not None and table.shape != wanted:
            return f"steering.{name}: expected shape {wanted}, found {table.shape}"
    return None


def _faults_of(s: Steering) -> Iterator[Fault]:
    yield from _array_faults("cop_price", s.cop_price, 1, LARGEST_PRICE)
    yield from _array_faults("cheapest", _known(s.cheapest), 3, LARGEST_CHEAPEST)
    if s.seconds_between is not None:
        yield from _array_faults("seconds_between", _known(s.seconds_between), 3, LARGEST_BETWEEN)
    if s.cop_reserve is not None:
        yield from _array_faults("cop_reserve", s.cop_reserve, 1, LARGEST_RESERVE)
    for name in ("occupancy", "trust"):
        value = getattr(s, name)
        if not (isinstance(value, int | float) and 0 <= value <= 1):
            yield Fault(name, repr(value), "allowed is a number from 0 to 1")


def _known(table: Floats) -> Floats:
    return np.where(np.isnan(table), 0.0, table) if _is_floats(table) else table


def _is_floats(array: object) -> bool:
    return isinstance(array, np.ndarray) and array.dtype == np.float64


def _array_faults(name: str, array: Floats, dimensions: int, most: float) -> Iterator[Fault]:
    if not _is_floats(array):
        yield Fault(name, str(getattr(array, "dtype", type(array).__name__)), "allowed is an array of float64")
    elif array.ndim != dimensions:
        yield Fault(name, f"shape {array.shape}", f"allowed are {dimensions} dimension(s)")
    else:
        bad = np.flatnonzero(~((array >= 0) & (array <= most)))  # written so that NaN is refused too
        if bad.size:
            where = np.unravel_index(int(bad[0]), array.shape)
            place = ", ".join(str(int(at)) for at in where)
            yield Fault(f"{name}[{place}]", f"{array[where]}", f"allowed is 0 to {most:g}")
