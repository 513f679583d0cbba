"""Which COps may serve which class, and what each such pair is worth before urgency, affinity and load."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from optimizer import rules
from optimizer.classes import Classes
from optimizer.problem import Floats, Indices, Problem
from optimizer.rules import Flags
from optimizer.tables import Tables
from optimizer.worth import class_worth


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


MANY_CELLS = 100_000
"""From so many cells of uncertain classes by COps on it pays to look at each place apart."""


MANY_WANTED, MOST_CELLS = 2_000, 10_000_000
"""So many pairs are found three times as fast by a table of all classes by all COps, where that is not too large."""


def eligible_arcs(problem: Problem, classes: Classes, tables: Tables, *, open_only: bool = False) -> Arcs:
    """Every pair no hard rule bars; none is dropped for being poor, because pruning loses value.

    `open_only` leaves out COps without a free slot on the class's channel.
    """
    eligible = _eligible(problem, classes, tables, open_only=open_only)
    cls, cop = _where(eligible)
    channel = problem.conversations.channel[classes.first]
    worth = class_worth(problem, classes, tables, cls, cop)
    start = np.concatenate(([0], np.cumsum(np.count_nonzero(eligible, axis=1)))).astype(np.int64)
    return Arcs(cls, cop, worth, problem.cops.free[cop, channel[cls]], start)


def find_arcs(arcs: Arcs, n_cops: int, cls: Indices, cop: Indices) -> tuple[Indices, Flags]:
    """Position in `arcs` of each (class, COp) pair, and whether the pair is there at all."""
    key, wanted = arcs.cls * n_cops + arcs.cop, cls * n_cops + cop
    n_cells = (arcs.start.size - 1) * n_cops
    if wanted.size >= MANY_WANTED and n_cells <= MOST_CELLS:
        position = np.zeros(n_cells, np.int32)
        position[key] = np.arange(key.size)
        at = position[wanted].astype(np.int64)
    else:
        at = np.minimum(np.searchsorted(key, wanted), key.size - 1)
    return at, np.asarray(key[at] == wanted)


def _eligible(problem: Problem, classes: Classes, tables: Tables, *, open_only: bool) -> Flags:
    admitted, combination = _admitted(problem, classes, open_only=open_only)
    eligible = admitted[combination]
    eligible &= tables.able[classes.candidate_type[:, 0]]
    several = np.flatnonzero(classes.width > 1)
    for rows, cops in _blocks(admitted, combination, several):
        covers = rules.covers_candidates(_covered(classes, tables.able[:, cops], rows), problem.parameters)
        eligible[rows] = False
        eligible[rows[:, None], cops] = admitted[combination[rows]][:, cops] & covers
    for rows, able in _relaxed(problem, classes):
        covers = rules.covers_candidates(_covered(classes, able, rows), problem.parameters)
        eligible[rows] = admitted[combination[rows]] & covers
    _exclude(eligible, problem, classes)
    return eligible


def _blocks(admitted: Flags, combination: Indices, rows: Indices) -> Iterator[tuple[Indices, Indices]]:
    """Classes `rows` in blocks, and the COps who may be admitted to some of each: all at once where they are few."""
    n_cops = admitted.shape[1]
    if rows.size * n_cops < MANY_CELLS:
        if rows.size:
            yield rows, np.arange(n_cops)
        return
    for each in np.unique(combination[rows]):
        yield rows[combination[rows] == each], np.flatnonzero(admitted[each])


def _relaxed(problem: Problem, classes: Classes) -> Iterator[tuple[Indices, Flags]]:
    """Classes (R,) of which another skill than usual is asked for, and (T, M) who has it for each issue type."""
    if problem.side is None:
        return
    least = problem.side.least_proficiency[classes.first]
    proficiency = problem.cops.proficiency.T[problem.issue_types.skill]
    for asked in np.unique(least[least != problem.parameters.min_proficiency]):
        yield np.flatnonzero(least == asked), rules.reaches(proficiency, asked)


def _covered(classes: Classes, able: Flags, rows: Indices) -> Floats:
    """(R, M) probability that each COp has the skill for what the R classes in `rows` turn out to be."""
    types, probabilities = classes.candidate_type[rows], classes.candidate_probability[rows]
    covered = np.zeros((rows.size, able.shape[1]))
    for column in range(types.shape[1]):
        covered += probabilities[:, column, None] * able[types[:, column]]
    return covered


def _where(eligible: Flags) -> tuple[Indices, Indices]:
    """Row and column of each true cell; several times faster than `np.nonzero` on two dimensions."""
    return np.divmod(np.flatnonzero(eligible), max(eligible.shape[1], 1))


def _admitted(problem: Problem, classes: Classes, *, open_only: bool) -> tuple[Flags, Indices]:
    """(G, M) bool: may COp serve the G-th (market, language, channel)? And (C,) which of these each class is."""
    c, cops = problem.conversations, problem.cops
    n_languages, n_channels = cops.language_proficiency.shape[1], cops.free.shape[1]
    pair = c.market[classes.first] * n_languages + c.language[classes.first]
    places, combination = np.unique(pair * n_channels + c.channel[classes.first], return_inverse=True)
    pairs = places // n_channels
    on_duty = rules.is_available(cops.available) & rules.shift_lasts(cops.seconds_to_shift_end, problem.parameters)
    serves = rules.serves_market(cops.serves_market.T[pairs // n_languages])
    speaks = rules.speaks_language(cops.language_proficiency.T[pairs % n_languages])
    admitted = on_duty & serves & speaks
    return (admitted & (cops.free.T[places % n_channels] > 0) if open_only else admitted), combination


def _exclude(eligible: Flags, problem: Problem, classes: Classes) -> None:
    c = problem.conversations
    count = np.diff(c.exclusion_start)[classes.first]
    for cls in np.flatnonzero(count):
        start = c.exclusion_start[classes.first[cls]]
        eligible[cls, c.excluded_cop[start : start + count[cls]]] = False
