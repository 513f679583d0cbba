"""Distributions of which some values are only known to be larger than a bound (Kaplan and Meier 1958)."""

import numpy as np

from optimizer.handle_times.log import Flags, Floats


def masses(values: Floats, seen: Flags) -> Floats:
    """(N,) float64, the probability at each value; 0 for a bound, whose share goes to the larger values.

    They sum to less than 1 where the largest value is a bound.
    """
    order = np.lexsort((~seen, values))
    at_risk = np.arange(len(values), 0, -1)
    died = seen[order]
    alive = np.cumprod(np.where(died, 1 - 1 / at_risk, 1.0))
    before = np.concatenate([[1.0], alive[:-1]])
    found = np.zeros(len(values))
    found[order] = before - alive
    return found


def quantiles(values: Floats, seen: Flags, levels: Floats) -> Floats:
    """(L,) float64, the value below which each of `levels` (0-1, ascending) lies.

    Between values along the normal curve, and beyond them with its slope of one: meant for standardised values.
    """
    from scipy.special import ndtri

    mass = masses(values, seen)
    order = np.argsort(values[seen], kind="stable")
    at, mass = values[seen][order], mass[seen][order]
    z = ndtri(np.clip(np.cumsum(mass) - mass / 2, 1e-9, 1 - 1e-9))
    wanted = ndtri(levels)
    inside = np.interp(wanted, z, at)
    below, above = np.minimum(wanted - z[0], 0.0), np.maximum(wanted - z[-1], 0.0)
    return np.asarray(inside + below + above)


def survival(values: Floats, seen: Flags, at: Floats) -> Floats:
    """(A,) float64, the probability of a value of at least `at`."""
    mass = masses(values, seen)
    order = np.argsort(values, kind="stable")
    below = np.concatenate([[0.0], np.cumsum(mass[order])])
    return np.asarray(1 - below[np.searchsorted(values[order], at, side="left")])
