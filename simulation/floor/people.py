"""Who works on a floor and how fast they really are: drawn once from a seed, the same for every policy."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulation.floor.scenario import FloorScenario, Issues, SoftwareAgent, Staff

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]
Flags = NDArray[np.bool_]
_PLANNING_LOG_SD = 0.5
"""Staff are planned for the work there is, but not exactly."""


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """T issue types. family: (T,) int64; share: (T,) float64, of conversations; mean_seconds: (T,) float64;
    urgent: (T,) bool, priority 2 unless fraud or vulnerable.
    """

    family: Indices
    share: Floats
    mean_seconds: Floats
    urgent: Flags

    def __len__(self) -> int:
        return len(self.family)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """M workers, COps first, then software agents.

    expected: (T, M) float64, s, true mean of the working time; proficiency: (M, F) float64, 0 where they lack the
    family; speaks: (M, L) bool; serves: (M, K) bool; slots: (M,) int64; is_agent: (M,) bool.
    """

    kinds: Kinds
    expected: Floats
    proficiency: Floats
    speaks: Flags
    serves: Flags
    slots: Indices
    is_agent: Flags

    def __len__(self) -> int:
        return len(self.slots)

    @property
    def skilled(self) -> Flags:
        """(T, M) bool: who has the skill for which issue type."""
        return np.asarray(self.proficiency.T[self.kinds.family] > 0)

    def able(self) -> Flags:
        """(T, L, K, M) bool: who may serve which issue type in which language for which market."""
        speaks, serves = self.speaks.T[None, :, None, :], self.serves.T[None, None, :, :]
        return np.asarray(self.skilled[:, None, None, :] & speaks & serves)

    def throughput(self, slowdown: float) -> Floats:
        """(M,) most working seconds a second, with every slot in use."""
        shared = self.slots / (1.0 + slowdown * (self.slots - 1))
        return np.asarray(np.where(self.is_agent, self.slots, shared))


def draw_people(scenario: FloorScenario, seed: int) -> People:
    """The floor of `scenario` for `seed`."""
    rng = np.random.default_rng([seed, 1])
    kinds = _kinds(scenario.issues, scenario.customers.urgent_share, rng)
    staff, languages = scenario.staff, [share for _, share in scenario.arrivals.languages]
    speaks = _with_second(staff.cops, np.array(languages), staff.second_language_share, rng)
    markets = np.array([share for _, share in scenario.arrivals.markets])
    serves = _with_second(staff.cops, markets, staff.second_market_share, rng)
    slots = rng.integers(int(staff.slots[0]), int(staff.slots[1]) + 1, staff.cops)
    by_family = np.bincount(kinds.family, kinds.share * kinds.mean_seconds, scenario.issues.families)
    if scenario.issues.families > 1:
        by_family[0] *= scenario.issues.fraud_staffing
    skilled = _skills(staff, np.outer(languages, by_family), speaks, slots, rng)
    _cover(skilled, speaks, serves, rng)
    # a stream of its own: what somebody learns changes nobody's pace, so floors with and without it can be compared
    training_rng = np.random.default_rng([seed, 7])
    for training in scenario.training:
        _train(skilled, training.family, training.cops, training_rng)
    proficiency = np.where(skilled, rng.uniform(staff.proficiency[0], staff.proficiency[1], skilled.shape), 0.0)
    cops = People(
        kinds, _expected(kinds, staff, rng), proficiency, speaks, serves, slots, np.zeros(staff.cops, np.bool_)
    )
    return _with_agents(cops, scenario.agents)


def _kinds(issues: Issues, urgent_share: float, rng: np.random.Generator) -> Kinds:
    n = issues.families * issues.types_each
    family = np.repeat(np.arange(issues.families), issues.types_each)
    share = rng.permutation((1.0 + np.arange(n)) ** -issues.popularity)
    fraud = (family == 0) & (issues.families > 1)
    share = np.where(
        fraud, issues.fraud_share * _portion(share, fraud), (1 - issues.fraud_share) * _portion(share, ~fraud)
    )
    if not fraud.any():
        share = _portion(share, ~fraud)
    mean_seconds = rng.uniform(issues.handle_seconds[0], issues.handle_seconds[1], n)
    order = rng.permutation(n)
    urgent = np.zeros(n, np.bool_)
    urgent[order[np.cumsum(share[order]) <= urgent_share]] = True
    return Kinds(family, share, mean_seconds, urgent & ~fraud)


def _portion(share: Floats, chosen: Flags) -> Floats:
    kept = np.where(chosen, share, 0.0)
    return np.asarray(kept / max(kept.sum(), 1e-300))


def _with_second(n: int, share: Floats, second_share: float, rng: np.random.Generator) -> Flags:
    """(n, ·) bool: everybody has one of the values, in proportion to `share`, and some have a second."""
    quota = np.searchsorted(np.cumsum(share), (np.arange(n) + 0.5) / n)
    first = rng.permutation(np.minimum(quota, share.size - 1))
    has = np.zeros((n, share.size), np.bool_)
    has[np.arange(n), first] = True
    several = np.flatnonzero(rng.random(n) < second_share)
    if share.size > 1:
        has[several, rng.choice(share.size, several.size, p=share)] = True
    return has


def _skills(staff: Staff, work: Floats, speaks: Flags, slots: Indices, rng: np.random.Generator) -> Flags:
    """(M, F) bool: each learns, in turn, the families that are most short of people in their languages.

    work: (L, F) float64, share of the floor's work. Somebody's time counts evenly in all they can do.
    """
    staffed = np.full(work.shape, 1e-3 / work.size)
    has = np.zeros((staff.cops, work.shape[1]), np.bool_)
    for cop in rng.permutation(staff.cops).tolist():
        count = int(rng.integers(int(staff.skills[0]), int(staff.skills[1]) + 1))
        languages = np.flatnonzero(speaks[cop])
        short = (work[languages] / staffed[languages]).sum(axis=0) * np.exp(
            _PLANNING_LOG_SD * rng.normal(0.0, 1.0, work.shape[1])
        )
        learned = np.argsort(-short, kind="stable")[:count]
        has[cop, learned] = True
        staffed[np.ix_(languages, learned)] += slots[cop] / (count * languages.size)
    return has


def _cover(skilled: Flags, speaks: Flags, serves: Flags, rng: np.random.Generator) -> None:
    """Nobody is unservable: each family, language and market has somebody, who learns the family if need be."""
    for language in range(speaks.shape[1]):
        for market in range(serves.shape[1]):
            here = np.flatnonzero(speaks[:, language] & serves[:, market])
            if not here.size:
                here = np.array([int(rng.integers(len(speaks)))])
                speaks[here, language] = serves[here, market] = True
            for family in np.flatnonzero(~skilled[here].any(axis=0)):
                skilled[rng.choice(here), family] = True


def _train(skilled: Flags, family: int, cops: int, rng: np.random.Generator) -> None:
    lacking = np.flatnonzero(~skilled[:, family])
    skilled[rng.permutation(lacking)[:cops], family] = True


def _expected(kinds: Kinds, staff: Staff, rng: np.random.Generator) -> Floats:
    """Log of the mean = issue type + COp + (COp on this issue type), centred so that the average COp has the mean."""
    cop = rng.normal(0.0, 1.0, staff.cops) * staff.cop_log_sd
    pair = rng.normal(0.0, 1.0, (len(kinds), staff.cops)) * staff.pair_log_sd
    centre = (staff.cop_log_sd**2 + staff.pair_log_sd**2) / 2
    return np.asarray(kinds.mean_seconds[:, None] * np.exp(cop + pair - centre))


def _with_agents(people: People, agents: tuple[SoftwareAgent, ...]) -> People:
    if not agents:
        return people
    n, kinds = len(agents), people.kinds
    proficiency = np.zeros((n, people.proficiency.shape[1]))
    proficiency[np.arange(n), [each.family for each in agents]] = [each.success for each in agents]
    seconds = np.array([each.seconds for each in agents])
    return People(
        kinds=kinds,
        expected=np.hstack([people.expected, np.broadcast_to(seconds, (len(kinds), n))]),
        proficiency=np.vstack([people.proficiency, proficiency]),
        speaks=np.vstack([people.speaks, np.ones((n, people.speaks.shape[1]), np.bool_)]),
        serves=np.vstack([people.serves, np.ones((n, people.serves.shape[1]), np.bool_)]),
        slots=np.concatenate([people.slots, [each.slots for each in agents]]),
        is_agent=np.concatenate([people.is_agent, np.ones(n, np.bool_)]),
    )
