"""The scenarios of the benchmark: the same day at several loads, and what is changed about it."""

from dataclasses import dataclass, replace

from simulation.floor import FloorScenario
from simulation.floor.scenario import Arrivals, Issues, Knowledge, Outage, Staff

PROFILE = (0.7, 0.85, 0.95, 1.0, 1.0, 0.95, 0.85, 0.75)
"""Share of the peak in each eighth of the day."""

OUTAGE_BEGINS, OUTAGE_HOUR = 1200.0, 3600.0
"""Seconds from the start; customers who write in the hour from there on are counted."""

WARM_UP_MINUTES = 10.0


@dataclass(frozen=True, slots=True)
class Day:
    """Hours that the profile is laid over, and least seconds between two rounds of global matching."""

    hours: float
    tick_seconds: float


def day(load: float, length: Day) -> FloorScenario:
    """300 COps, 60 issue types in 20 skills, 4 languages, the day's profile in `hours`."""
    return FloorScenario(
        name=f"day {load:g}",
        hours=length.hours,
        tick_seconds=length.tick_seconds,
        warm_up_minutes=WARM_UP_MINUTES,
        arrivals=Arrivals(load=load, profile=PROFILE),
    )


def calm(length: Day) -> FloorScenario:
    """Steady arrivals at 0.95 of what longest idle with skills carries."""
    return replace(day(0.95, length), name="calm", arrivals=Arrivals(load=0.95))


def small(load: float, length: Day) -> FloorScenario:
    """40 COps, 24 issue types in 8 skills, 2 languages."""
    whole = day(load, length)
    return replace(
        whole,
        name=f"small {load:g}",
        arrivals=replace(whole.arrivals, languages=(("en", 0.75), ("es", 0.25))),
        issues=Issues(families=8, types_each=3),
        staff=Staff(cops=40),
    )


def spread(cop_log_sd: float, pair_log_sd: float, load: float, length: Day) -> FloorScenario:
    """The day with COps who differ so much in pace."""
    staff = Staff(cop_log_sd=cop_log_sd, pair_log_sd=pair_log_sd)
    return replace(day(load, length), name=f"spread {cop_log_sd:g} {pair_log_sd:g} at {load:g}", staff=staff)


def misjudged(log_error: float, load: float, length: Day) -> FloorScenario:
    """The day with each COp's handle time on each issue type known only with a log error."""
    known = Knowledge(handle_times="measured", log_error=log_error)
    return replace(day(load, length), name=f"error {log_error:g} at {load:g}", knowledge=known)


def outage(load: float, length: Day) -> FloorScenario:
    """Steady arrivals, and a router that is out for ten minutes."""
    steady = replace(day(load, length), hours=(OUTAGE_BEGINS + OUTAGE_HOUR) / 3600)
    begins = steady.start + OUTAGE_BEGINS
    return replace(
        steady,
        name=f"outage at {load:g}",
        arrivals=Arrivals(load=load),
        outages=(Outage(start=begins, minutes=10.0),),
    )
