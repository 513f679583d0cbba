"""What may be asked about: the floors that come with the package, the policies, and a team's own policy files."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from routing.domain.errors import Invalid
from routing.domain.what_if import OfferedFloor, OfferedPolicy
from simulation.comparison import find_scenario, shipped
from simulation.floor import POLICIES, FloorScenario, read_scenario

log = logging.getLogger(__name__)


def floors(files: Mapping[str, Path]) -> tuple[OfferedFloor, ...]:
    """A team's own floors, then those of the package; a file that is no scenario is told in the log and left out."""
    return (*(found for name, path in files.items() if (found := _own(name, path)) is not None), *_shipped())


def _own(name: str, path: Path) -> OfferedFloor | None:
    try:
        return replace(_offered(name, read_scenario(path)), own=True)
    except Invalid as error:
        log.warning("%s is not offered as a floor: %s", path.name, error)
        return None


@cache
def _shipped() -> tuple[OfferedFloor, ...]:
    """Every floor of the package, the smallest first, which answers soonest; the files do not change while it runs."""
    found = (_offered(name, find_scenario(name)) for name in shipped())
    return tuple(sorted(found, key=lambda floor: floor.cops * floor.hours))


def policies(files: Mapping[str, Path]) -> tuple[OfferedPolicy, ...]:
    """The production policy first, then what it is compared with, then files by name."""
    order = sorted(POLICIES, key=lambda name: name != "pointsman")
    named = [OfferedPolicy(name, POLICIES[name]) for name in order]
    own = [OfferedPolicy(name, "The production policy with the values of this file.") for name in files]
    return (*named, *own)


def _offered(name: str, floor: FloorScenario) -> OfferedFloor:
    return OfferedFloor(
        key=name,
        description=floor.description,
        cops=floor.staff.cops,
        start=floor.start,
        hours=floor.hours,
        languages=tuple(language for language, _ in floor.arrivals.languages),
        skills=tuple(_skill(at, floor.issues.families) for at in range(floor.issues.families)),
    )


def _skill(at: int, families: int) -> str:
    return "fraud" if at == 0 and families > 1 else f"family {at}"
