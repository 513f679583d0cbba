"""What handle times known with an error leave: how right predictions are, and what the floor can carry by them."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from simulation.floor import FloorScenario
from simulation.floor.bound import fluid_capacity
from simulation.floor.knowledge import Floats, Knowledge
from simulation.floor.people import draw_people


class Known(NamedTuple):
    """Over every COp and issue type they can serve, in log seconds beyond the issue type's mean.

    slope: of the truth on the prediction, 1 where predictions need no further shrinking; raw_slope: the same of raw
    means; error, raw_error: standard deviations of what each is off by; carried: what the fluid program carries that
    must go by the predictions, over what it carries knowing the truth.
    """

    slope: float
    raw_slope: float
    error: float
    raw_error: float
    carried: float


def known_of(scenario: FloorScenario, seed: int) -> Known:
    """What policies know at the start of the day of `seed`."""
    people = draw_people(scenario, seed)
    knowledge = Knowledge(scenario, people, seed)
    predicted, able = knowledge.expected(), people.skilled
    usual = people.kinds.mean_seconds[:, None]
    truth, found = (np.log(seconds / usual)[able] for seconds in (people.expected, predicted))
    raw = (knowledge.mean_log + scenario.work.log_sd**2 / 2 - np.log(usual))[able]
    by_prediction = fluid_capacity(scenario, replace(people, expected=predicted))
    return Known(
        slope=_slope(found, truth),
        raw_slope=_slope(raw, truth),
        error=float(np.std(truth - found)),
        raw_error=float(np.std(truth - raw)),
        carried=by_prediction / fluid_capacity(scenario, people),
    )


def _slope(x: Floats, y: Floats) -> float:
    apart = x - x.mean()
    return float(apart @ y / (apart @ apart))
