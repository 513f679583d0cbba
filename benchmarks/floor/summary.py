"""From rows to what is claimed: means over seeds with their spread, and the load each policy carries."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import mean, stdev
from typing import Any

from benchmarks.floor.runs import Row

Spread = dict[str, Any]
CARRIED_AT = 0.03
"""Load carried is the load at which three in a hundred leave."""


def spread_of(values: Sequence[float]) -> Spread:
    """Mean, standard deviation over seeds, least and most."""
    deviation = stdev(values) if len(values) > 1 else 0.0
    return {
        "mean": round(mean(values), 5),
        "sd": round(deviation, 5),
        "min": round(min(values), 5),
        "max": round(max(values), 5),
        "seeds": len(values),
    }


def of_policy(rows: Sequence[Row], scenario: str, policy: str, figure: str) -> dict[int, float]:
    """One figure of one policy in one scenario, by seed."""
    return {row["seed"]: row[figure] for row in rows if row["scenario"] == scenario and row["policy"] == policy}


def table(rows: Sequence[Row], figures: Sequence[str]) -> dict[str, dict[str, dict[str, Spread]]]:
    """scenario -> policy -> figure -> spread over seeds."""
    found: dict[str, dict[str, dict[str, Spread]]] = {}
    for scenario, policy in sorted({(row["scenario"], row["policy"]) for row in rows}):
        figures_of = {figure: list(of_policy(rows, scenario, policy, figure).values()) for figure in figures}
        found.setdefault(scenario, {})[policy] = {name: spread_of(values) for name, values in figures_of.items()}
    return found


def ratio(rows: Sequence[Row], scenario: str, figure: str, policy: str, peer: str) -> Spread | None:
    """`figure` of a policy over its peer's with the same seed, less 1: -0.2 is a fifth less."""
    ours, theirs = (of_policy(rows, scenario, each, figure) for each in (policy, peer))
    both = sorted(ours.keys() & theirs.keys())
    return spread_of([ours[seed] / theirs[seed] - 1 for seed in both if theirs[seed] > 0]) if both else None


def carried(rows: Sequence[Row], policy: str, loads: Sequence[float]) -> dict[int, float]:
    """By seed, the load at which `CARRIED_AT` of the customers leave, between the two loads simulated around it.

    A seed at which all loads lie on one side is left out: nothing is extrapolated.
    """
    by_load = {load: of_policy(rows, f"day {load:g}", policy, "abandonment") for load in sorted(loads)}
    by_load = {load: found for load, found in by_load.items() if found}
    seeds = set().union(*by_load.values()) if by_load else set()
    found = {seed: _crossing([(load, of[seed]) for load, of in by_load.items() if seed in of]) for seed in seeds}
    return {seed: load for seed, load in sorted(found.items()) if load is not None}


def _crossing(points: Sequence[tuple[float, float]]) -> float | None:
    for (low, below), (high, above) in pairwise(points):
        if below <= CARRIED_AT < above:
            return low + (high - low) * (CARRIED_AT - below) / (above - below)
    return None
