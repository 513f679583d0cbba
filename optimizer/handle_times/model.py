"""The fitted model, to be asked: how long a conversation will take this COp, with honest quantiles."""

from dataclasses import dataclass

import numpy as np

from optimizer.handle_times.effects import centre, uncertainty
from optimizer.handle_times.fitting import Fit, fit_log
from optimizer.handle_times.log import Floats, HandlingLog
from optimizer.handle_times.shape import Shape, shape_of
from optimizer.handle_times.working import working

_MEAN_LEVELS = (np.arange(200) + 0.5) / 200
_LEAST_LEFT = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class HandleTimes:
    """A fitted model; asks of a log only what is known before the work begins."""

    fit: Fit
    shape: Shape

    @property
    def individual(self) -> bool:
        """Whether it knows one COp from another."""
        return bool(self.fit.layout.cops)

    def quantiles(self, log: HandlingLog, levels: Floats) -> Floats:
        """(N, L) float64, seconds of work at each of `levels` (0-1); what the log says of the outcome is not looked at.

        Issue types, COps and pairs that were not in the fitted log get what is usual, and a wider range.
        """
        rows = self.fit.layout.rows(log)
        variance = self.fit.noise.variance[rows.issue_type] + uncertainty(self.fit.effects, rows)
        spread = np.sqrt(variance)[:, None] * self.shape.at(rows.issue_type, levels)
        return np.asarray(np.exp(centre(self.fit.effects, rows)[:, None] + spread))

    def mean_seconds(self, log: HandlingLog) -> Floats:
        """(N,) float64, expected seconds of work."""
        return np.asarray(self.quantiles(log, _MEAN_LEVELS).mean(axis=1))


def learn(log: HandlingLog) -> HandleTimes:
    """Fit everything to a log: effects, spreads, noise, and the shape of what is left; LogInvalid for too little."""
    fit = fit_log(log)
    noise = fit.noise.variance[fit.rows.issue_type]
    counted = working(log.log_seconds, log.finished, fit.centre, np.sqrt(noise)).weight
    # A row drew its own expectation towards itself, an open one hardly: its residual is smaller than a new one's.
    left = noise + fit.unsure * np.where(log.finished, -1.0, 1 - 2 * np.minimum(counted, 1.0))
    residual = (log.log_seconds - fit.centre) / np.sqrt(np.maximum(left, _LEAST_LEFT * noise))
    n_types = len(fit.layout.names["issue_type"])
    return HandleTimes(fit, shape_of(residual, log.finished, fit.rows.issue_type, n_types))
