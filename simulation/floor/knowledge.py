"""What policies know of handle times: facts for the production model, true, measured with error, or learned."""

import numpy as np
from numpy.typing import NDArray

from optimizer import handle_time
from optimizer.parameters import MatchingParameters
from optimizer.problem import HandleTimeArrays
from simulation.floor.people import People
from simulation.floor.scenario import FloorScenario

Floats = NDArray[np.float64]
CERTAIN_COUNT = 1e9
"""So many conversations that nothing is left to shrink: the prediction is the true expectation."""

SHORTEST_SECONDS = 1.0


class Knowledge:
    """Counts, log means and log variances of each (issue type, COp); `version` rises when `observe` has news.

    count, mean_log, var_log: (T, M) float64.
    """

    def __init__(self, scenario: FloorScenario, people: People, seed: int) -> None:
        self._learns = scenario.knowledge.handle_times == "learned"
        self._stated = people.kinds.mean_seconds
        self._skilled = people.skilled
        noise = scenario.work.log_sd if scenario.work.log_sd > 0 and scenario.work.noise == "lognormal" else 0.7
        rng = np.random.default_rng([seed, 5])
        shape = people.expected.shape
        true = np.log(people.expected) - noise * noise / 2
        self.count = _counts(scenario, noise, people, rng)
        error = rng.normal(0.0, 1.0, shape) * noise / np.sqrt(np.maximum(self.count, 1.0))
        known = scenario.knowledge.handle_times != "true"
        self.mean_log = np.where(self.count > 0, true + error * known, 0.0)
        self.var_log = np.where(self.count > 1, noise * noise, 0.0)
        self.version = 0
        self.parameters = MatchingParameters(
            handle_time_log_sd=max(noise, 0.05),
            cop_log_sd=max(scenario.staff.cop_log_sd, 0.001),
            pair_log_sd=max(scenario.staff.pair_log_sd, 0.001),
        )

    def observe(self, kind: int, cop: int, seconds: float) -> None:
        """One more wrap-up (Welford's update on log seconds); nothing where policies do not learn."""
        if not self._learns:
            return
        value = float(np.log(max(seconds, SHORTEST_SECONDS)))
        n, mean = self.count[kind, cop] + 1, self.mean_log[kind, cop]
        step = value - mean
        squares = self.var_log[kind, cop] * max(n - 2, 0) + step * (value - mean - step / n)
        self.count[kind, cop], self.mean_log[kind, cop] = n, mean + step / n
        self.var_log[kind, cop] = squares / (n - 1) if n > 1 else 0.0
        self.version += 1

    def facts(self) -> HandleTimeArrays:
        """Everything known, as the production model takes it."""
        kind, cop = np.nonzero(self._skilled & (self.count > 0))
        return HandleTimeArrays(
            issue_type=kind,
            cop=cop,
            count=self.count[kind, cop],
            mean_log=np.clip(self.mean_log[kind, cop], 0.0, 20.0),
            var_log=self.var_log[kind, cop],
        )

    def expected(self) -> Floats:
        """(T, M) float64, s: what the production model predicts from the facts."""
        n_types, n_cops = self.count.shape
        model = handle_time.fit(self._stated, n_cops, self.facts(), self.parameters)
        kinds, cops = np.arange(n_types)[:, None], np.arange(n_cops)[None, :]
        return handle_time.predict(model, kinds, cops).mean_seconds


def _counts(scenario: FloorScenario, noise: float, people: People, rng: np.random.Generator) -> Floats:
    """(T, M) conversations behind each fact; a log error of e is what (noise / e)^2 conversations leave."""
    knowledge, shape = scenario.knowledge, people.expected.shape
    if knowledge.handle_times == "true":
        return np.full(shape, CERTAIN_COUNT)
    if knowledge.handle_times == "measured":
        return np.full(shape, CERTAIN_COUNT if knowledge.log_error <= 0 else (noise / knowledge.log_error) ** 2)
    often = people.kinds.share / people.kinds.share.mean()
    return np.asarray(rng.poisson(np.broadcast_to(knowledge.history * often[:, None], shape)).astype(np.float64))
