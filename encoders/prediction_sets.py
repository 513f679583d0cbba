"""The issue types that cannot be ruled out at the chosen risk."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COVERAGE = 0.95


@dataclass(frozen=True, slots=True)
class SetRule:
    """Every type with at least `minimum_probability` stays in the set, and the likeliest always."""

    coverage: float
    minimum_probability: float

    def members(self, probabilities: NDArray[np.float64]) -> NDArray[np.int64]:
        """(k,) probabilities to indices, the likeliest first; never empty."""
        order = np.argsort(-probabilities, kind="stable")
        size = max(1, int((probabilities >= self.minimum_probability).sum()))
        return order[:size]


def fit_set_rule(probability_of_truth: NDArray[np.float64], coverage: float = COVERAGE) -> SetRule:
    """Split conformal: the probability that all but the allowed share of held-out truths reach.

    `probability_of_truth` (n,): what each held-out row's true type was given. Too few rows rule nothing out.
    """
    n = len(probability_of_truth)
    may_miss = int(np.floor((n + 1) * (1.0 - coverage) + 1e-9))
    if may_miss < 1:
        return SetRule(coverage, 0.0)
    return SetRule(coverage, float(np.sort(probability_of_truth)[may_miss - 1]))
