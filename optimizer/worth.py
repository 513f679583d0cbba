"""What a class of conversations and a COp are worth to each other, before urgency, affinity and load."""

import numpy as np

from optimizer import costs
from optimizer.classes import Classes
from optimizer.problem import Floats, Indices, Problem
from optimizer.tables import Tables, over_candidates, over_candidates_in

AT_A_TIME = 1 << 15
"""Pairs whose terms are mixed at a time: so many fit into a processor's cache."""


def class_worth(problem: Problem, classes: Classes, tables: Tables, cls: Indices, cop: Indices) -> Indices:
    """(A,) int64 units: the terms of each (class, COp) pair that depend on nothing else."""
    language = problem.conversations.language[classes.first][cls]
    fluency = costs.language(problem.cops.language_proficiency, problem.parameters)[cop, language]
    by_type = type_worth(problem, tables) if tables.worth is None else tables.worth
    worth = by_type[classes.candidate_type[cls, 0], cop]
    unsure = np.flatnonzero(classes.width[cls] > 1)
    for begin in range(0, unsure.size, AT_A_TIME):
        at = unsure[begin : begin + AT_A_TIME]
        worth[at] = _unsure_worth(problem, classes, tables, cls[at], cop[at])
    return np.asarray(worth + fluency + reserve_worth(problem, cop) + class_credit(problem, classes, tables)[cls])


def type_worth(problem: Problem, tables: Tables) -> Indices:
    """(T, M) int64 units: the same for somebody certain to have that issue type, without language and `class_credit`.

    A COp with less than the usual skill, whom only those who have waited for long may reach, is expected to hand it on.
    """
    typical = np.broadcast_to(tables.typical[:, None], tables.expected.shape)
    every_cop = np.arange(len(problem.cops))
    worth = _skill_worth(problem, (tables.expected, typical, tables.repeated, tables.priced), every_cop)
    worth = worth + costs.transfer(tables.able.astype(np.float64), problem.parameters)
    return worth if problem.side is None else np.asarray(worth + costs.attempt(tables.attempt))


def class_credit(problem: Problem, classes: Classes, tables: Tables) -> Indices:
    """(C,) int64 units: what every COp is credited with: brevity, the cheapest COp's price, what waiting would lose."""
    c, first = problem.conversations, classes.first
    types, probabilities = classes.candidate_type, classes.candidate_probability
    typical = over_candidates(tables.typical, types, probabilities, None)
    brief = costs.brevity(typical, tables.usual, problem.parameters, problem.steering)
    if problem.steering is None:
        return brief
    market, language = c.market[first], c.language[first]
    cheapest = over_candidates_in(tables.cheapest, types, probabilities, market, language)
    lost = over_candidates_in(tables.lost, types, probabilities, market, language)
    p, steering = problem.parameters, problem.steering
    return np.asarray(brief + costs.cheapest_time(cheapest, p, steering) + costs.chance(lost, p, steering))


def reserve_worth(problem: Problem, cop: Indices) -> Indices:
    """(A,) int64 units: what taking a slot of each of these COps may cost the fast lane."""
    if problem.steering is None or problem.steering.cop_reserve is None:
        return np.zeros(cop.size, np.int64)
    return costs.reserve(problem.steering.reserve_of(cop), problem.parameters, problem.steering)


def _unsure_worth(problem: Problem, classes: Classes, tables: Tables, cls: Indices, cop: Indices) -> Indices:
    types, probabilities = classes.candidate_type[cls], classes.candidate_probability[cls]
    expected = over_candidates(tables.expected, types, probabilities, cop)
    typical = over_candidates(tables.typical, classes.candidate_type, classes.candidate_probability, None)[cls]
    repeated = over_candidates(tables.repeated, types, probabilities, cop)
    priced = np.zeros(cls.size)
    if problem.steering is not None:
        priced = over_candidates(tables.priced, types, probabilities, cop)
    covered = over_candidates(tables.able, types, probabilities, cop)
    handed_on = costs.transfer(covered, problem.parameters)
    worth = _skill_worth(problem, (expected, typical, repeated, priced), cop) + handed_on
    if problem.side is None:
        return np.asarray(worth)
    return np.asarray(worth + costs.attempt(over_candidates(tables.attempt, types, probabilities, cop)))


def _skill_worth(problem: Problem, seconds: tuple[Floats, Floats, Floats, Floats], cop: Indices) -> Indices:
    p, steering = problem.parameters, problem.steering
    expected, typical, repeated, priced = seconds
    return np.asarray(
        costs.handle_time(expected, typical, p, steering)
        + costs.priced_time(priced, p, steering)
        + costs.proficiency(repeated, p)
        + costs.shift(expected, problem.cops.seconds_to_shift_end[cop], p)
    )
