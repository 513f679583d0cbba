"""Which COps may serve which class, and what each such pair is worth before urgency, affinity and load."""

from dataclasses import dataclass

import numpy as np

from optimizer import costs, rules
from optimizer.classes import Classes
from optimizer.problem import Floats, Indices, Problem
from optimizer.rules import Flags
from optimizer.tables import Tables, over_candidates


@dataclass(frozen=True, slots=True, eq=False)
class Arcs:
    """A eligible (class, COp) pairs, by class then COp, whether or not the COp has a slot left.

    cls, cop: (A,) int64; worth: (A,) int64, units of 10 ms, the terms that depend on class and COp alone;
    free: (A,) int64, the COp's free slots on the class's channel; start: (C + 1,) int64, class c owns arcs
    start[c]:start[c + 1].
    """

    cls: Indices
    cop: Indices
    worth: Indices
    free: Indices
    start: Indices


def eligible_arcs(problem: Problem, classes: Classes, tables: Tables) -> Arcs:
    """Every pair no hard rule bars; none is dropped for being poor, because pruning loses value."""
    eligible = _eligible(problem, classes, tables)
    cls, cop = _where(eligible)
    channel = problem.conversations.channel[classes.first]
    worth = _worth(problem, classes, tables, cls, cop)
    start = np.concatenate(([0], np.cumsum(np.count_nonzero(eligible, axis=1)))).astype(np.int64)
    return Arcs(cls, cop, worth, problem.cops.free[cop, channel[cls]], start)


def find_arcs(arcs: Arcs, n_cops: int, cls: Indices, cop: Indices) -> tuple[Indices, Flags]:
    """Position in `arcs` of each (class, COp) pair, and whether the pair is there at all."""
    key, wanted = arcs.cls * n_cops + arcs.cop, cls * n_cops + cop
    at = np.minimum(np.searchsorted(key, wanted), key.size - 1)
    return at, np.asarray(key[at] == wanted)


def _eligible(problem: Problem, classes: Classes, tables: Tables) -> Flags:
    admitted, combination = _admitted(problem, classes)
    eligible = admitted[combination]
    eligible &= tables.able[classes.candidate_type[:, 0]]
    several = np.flatnonzero(classes.width > 1)
    if several.size:
        covers = rules.covers_candidates(_covered(classes, tables, several), problem.parameters)
        eligible[several] = admitted[combination[several]] & covers
    _exclude(eligible, problem, classes)
    return eligible


def _covered(classes: Classes, tables: Tables, rows: Indices) -> Floats:
    """(R, M) probability that each COp has the skill for what the R classes in `rows` turn out to be."""
    types, probabilities = classes.candidate_type[rows], classes.candidate_probability[rows]
    covered = np.zeros((rows.size, tables.able.shape[1]))
    for column in range(types.shape[1]):
        covered += probabilities[:, column, None] * tables.able[types[:, column]]
    return covered


def _where(eligible: Flags) -> tuple[Indices, Indices]:
    """Row and column of each true cell; several times faster than `np.nonzero` on two dimensions."""
    return np.divmod(np.flatnonzero(eligible), max(eligible.shape[1], 1))


def _admitted(problem: Problem, classes: Classes) -> tuple[Flags, Indices]:
    """(G, M) bool: may COp serve the G-th (market, language)? And (C,) which of these each class is."""
    c, cops = problem.conversations, problem.cops
    n_languages = cops.language_proficiency.shape[1]
    key = c.market[classes.first] * n_languages + c.language[classes.first]
    pairs, combination = np.unique(key, return_inverse=True)
    on_duty = rules.is_available(cops.available) & rules.shift_lasts(cops.seconds_to_shift_end, problem.parameters)
    serves = rules.serves_market(cops.serves_market.T[pairs // n_languages])
    speaks = rules.speaks_language(cops.language_proficiency.T[pairs % n_languages])
    return on_duty & serves & speaks, combination


def _exclude(eligible: Flags, problem: Problem, classes: Classes) -> None:
    c = problem.conversations
    count = np.diff(c.exclusion_start)[classes.first]
    for cls in np.flatnonzero(count):
        start = c.exclusion_start[classes.first[cls]]
        eligible[cls, c.excluded_cop[start : start + count[cls]]] = False


def _worth(problem: Problem, classes: Classes, tables: Tables, cls: Indices, cop: Indices) -> Indices:
    language = problem.conversations.language[classes.first][cls]
    fluency = costs.language(problem.cops.language_proficiency, problem.parameters)[cop, language]
    certain = classes.width[cls] == 1
    worth = _table_worth(problem, tables)[classes.candidate_type[cls, 0], cop]
    unsure = np.flatnonzero(~certain)
    if unsure.size:
        worth[unsure] = _unsure_worth(problem, classes, tables, cls[unsure], cop[unsure])
    return np.asarray(worth + fluency)


def _table_worth(problem: Problem, tables: Tables) -> Indices:
    typical = np.broadcast_to(tables.typical[:, None], tables.expected.shape)
    return _skill_worth(problem, tables.expected, typical, tables.repeated, np.arange(len(problem.cops)))


def _unsure_worth(problem: Problem, classes: Classes, tables: Tables, cls: Indices, cop: Indices) -> Indices:
    types, probabilities = classes.candidate_type[cls], classes.candidate_probability[cls]
    expected = over_candidates(tables.expected, types, probabilities, cop)
    typical = over_candidates(tables.typical, types, probabilities, None)
    repeated = over_candidates(tables.repeated, types, probabilities, cop)
    return _skill_worth(problem, expected, typical, repeated, cop)


def _skill_worth(problem: Problem, expected: Floats, typical: Floats, repeated: Floats, cop: Indices) -> Indices:
    p = problem.parameters
    return np.asarray(
        costs.handle_time(expected, typical, p)
        + costs.proficiency(repeated, p)
        + costs.shift(expected, problem.cops.seconds_to_shift_end[cop], p)
    )
