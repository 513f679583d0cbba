"""When each COp comes, goes and takes a break: drawn before the first decision, the same for every policy."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from simulation.floor import streams
from simulation.floor.people import People
from simulation.floor.scenario import Absence, FloorScenario
from simulation.floor.streams import Draw


@dataclass(frozen=True, slots=True)
class Duty:
    """From when to when one COp is on duty, in seconds from the start."""

    cop: int
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Break:
    """One COp's break: due at `at`, taken once their last chat is over, `seconds` long."""

    cop: int
    at: float
    seconds: float


def duties(scenario: FloorScenario, people: People, seed: int) -> list[Duty]:
    """Every stretch of duty, absences taken out; without shifts a stretch has no end."""
    whole = _shifts(scenario, people, seed)
    for absence in scenario.absences:
        missing = _missing(scenario, absence, people, seed)
        begin = scenario.after_start(absence.start)
        whole = [part for duty in whole for part in _without(duty, missing, begin, begin + absence.minutes * 60)]
    return whole


def breaks(scenario: FloorScenario, people: People, seed: int) -> Iterator[Break]:
    """Breaks due while the floor is open, evenly spaced for each COp from a random first one."""
    staff = scenario.staff
    if staff.break_minutes <= 0:
        return
    every = staff.break_every_minutes * 60.0
    for cop in np.flatnonzero(~people.is_agent).tolist():
        at = every * streams.uniform(seed, Draw.BREAK, cop)
        while at < scenario.seconds:
            yield Break(cop, at, staff.break_minutes * 60.0)
            at += every


def _shifts(scenario: FloorScenario, people: People, seed: int) -> list[Duty]:
    forever = [Duty(cop, 0.0, np.inf) for cop in range(len(people))]
    if not scenario.staff.shifts:
        return forever
    found = [duty for duty in forever if people.is_agent[duty.cop]]
    cops = np.flatnonzero(~people.is_agent)
    order = np.random.default_rng([seed, 3]).permutation(cops)
    first = 0
    for shift in scenario.staff.shifts:
        chosen = order[np.arange(first, first + round(shift.share * cops.size)) % cops.size]
        first += chosen.size
        found += [duty for cop in chosen.tolist() for duty in _daily(scenario, cop, shift.start, shift.hours)]
    return found


def _daily(scenario: FloorScenario, cop: int, start: float, hours: float) -> Iterator[Duty]:
    """One shift every day that the simulation touches."""
    begin = start - scenario.start
    while begin + hours * 3600 > 86_400:
        begin -= 86_400
    while begin < scenario.seconds:
        if begin + hours * 3600 > 0:
            yield Duty(cop, max(begin, 0.0), begin + hours * 3600)
        begin += 86_400


def _missing(scenario: FloorScenario, absence: Absence, people: People, seed: int) -> set[int]:
    cops = ~people.is_agent
    if absence.language:
        names = [name for name, _ in scenario.arrivals.languages]
        cops = cops & people.speaks[:, names.index(absence.language)]
    if absence.family >= 0:
        cops = cops & (people.proficiency[:, absence.family] > 0)
    order = np.random.default_rng([seed, 4]).permutation(np.flatnonzero(cops))
    return set(order[: absence.cops].tolist())


def _without(duty: Duty, missing: set[int], begin: float, end: float) -> Iterator[Duty]:
    if duty.cop not in missing or end <= duty.begin or begin >= duty.end:
        yield duty
        return
    if duty.begin < begin:
        yield Duty(duty.cop, duty.begin, begin)
    if end < duty.end:
        yield Duty(duty.cop, end, duty.end)
