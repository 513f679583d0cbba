"""What each customer would do at each attempt: patience, work, answers to offers, success; never the policy's doing."""

from enum import IntEnum

import numpy as np

from simulation.floor import streams
from simulation.floor.demand import patience
from simulation.floor.scenario import Work
from simulation.floor.streams import Draw
from simulation.floor.world import World


class Answer(IntEnum):
    """What a COp does with an offer."""

    ACCEPT = 0
    DECLINE = 1
    LAPSE = 2


class Conversations:
    """N customers; `attempt` counts how often each was handed on, `offers` how often each was offered."""

    def __init__(self, world: World) -> None:
        n, s = len(world.demand), world.scenario
        self._world, self._seed, self._work, self._offering = world, world.seed, s.work, s.offers
        self.kind: list[int] = world.demand.kind.tolist()
        self.attempt = [0] * n
        self._offers = [0] * n
        self._patience = world.demand.patience.tolist()
        self._expected: list[list[float]] = world.people.expected.tolist()
        self._proficiency: list[list[float]] = world.people.proficiency[:, world.people.kinds.family].T.tolist()
        self._factor: list[float] = work_factors(world).tolist()
        self._prompt = s.offers.delay_seconds[1] == 0 and s.offers.declined_share + s.offers.lapsed_share == 0

    def patience(self, customer: int) -> float:
        """Seconds that the customer waits this time."""
        attempt = self.attempt[customer]
        if attempt == 0:
            return float(self._patience[customer])
        draw = np.array([streams.uniform(self._seed, Draw.PATIENCE, customer, attempt)])
        priority = self._world.demand.priority[customer : customer + 1]
        return float(patience(self._world.scenario.customers, priority, draw)[0])

    def answer(self, customer: int, is_agent: bool) -> tuple[Answer, float]:
        """What the COp does with this offer, and after how many seconds; software takes everything at once."""
        number = self._offers[customer]
        self._offers[customer] += 1
        if is_agent or self._prompt:
            return Answer.ACCEPT, 0.0
        low, high = self._offering.delay_seconds
        delay = low + (high - low) * streams.uniform(self._seed, Draw.OFFER_DELAY, customer, number)
        draw = streams.uniform(self._seed, Draw.OFFER, customer, number)
        if draw < self._offering.lapsed_share:
            return Answer.LAPSE, self._offering.lapse_seconds
        declined = draw < self._offering.lapsed_share + self._offering.declined_share
        return (Answer.DECLINE if declined else Answer.ACCEPT), delay

    def skilled(self, customer: int, cop: int) -> bool:
        """Whether the COp has the skill for what it really is."""
        return self._proficiency[self.kind[customer]][cop] > 0

    def seconds(self, customer: int, cop: int) -> float:
        """Seconds of work that this customer is for this COp at this attempt."""
        if not self.skilled(customer, cop):
            return self._work.handover_seconds
        attempt = self.attempt[customer]
        factor = self._factor[customer]
        if attempt:
            draw = np.array([streams.uniform(self._seed, Draw.WORK, customer, attempt)])
            factor = float(_multiples(self._work, draw)[0])
        return self._expected[self.kind[customer]][cop] * factor

    def succeeds(self, customer: int, cop: int) -> bool:
        """Whether the work settles it: always at full proficiency; else a failure is handed on."""
        proficiency = self._proficiency[self.kind[customer]][cop]
        failure = (1 - proficiency) * self._work.failure_share
        return failure <= 0 or streams.uniform(self._seed, Draw.SUCCESS, customer, self.attempt[customer]) >= failure


def work_factors(world: World) -> streams.Floats:
    """(N,) the work of each customer's first attempt as a multiple of what is expected of whoever takes it."""
    return _multiples(world.scenario.work, streams.uniforms(world.seed, Draw.WORK, len(world.demand)))


def _multiples(work: Work, draws: streams.Floats) -> streams.Floats:
    """(N,) multiples of the expectation, with mean 1, for uniform `draws`."""
    from scipy.special import ndtri

    if work.noise == "exponential":
        return np.asarray(-np.log1p(-draws))
    spread = work.log_sd if work.noise == "lognormal" else 0.0
    return np.asarray(np.exp(spread * ndtri(draws) - spread * spread / 2))
