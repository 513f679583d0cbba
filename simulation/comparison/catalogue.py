"""The floors that come with the package, by name."""

from pathlib import Path

from routing.domain.errors import Invalid
from simulation.floor import FloorScenario, read_scenario
from simulation.floor.scenario import SCENARIOS

_OF_THE_LIVE_DEMO = "demo"
"""A scenario of another form, for `pointsman demo`."""


def shipped() -> dict[str, Path]:
    """Every floor of the package: its name and its file."""
    return {path.stem: path for path in sorted(SCENARIOS.glob("*.toml")) if path.stem != _OF_THE_LIVE_DEMO}


def find_scenario(name: str) -> FloorScenario:
    """The shipped floor of that name, or the one in the file of that name; raises Invalid where there is neither."""
    found = shipped()
    if name in found:
        return read_scenario(found[name])
    path = Path(name)
    if not path.is_file():
        raise Invalid("SCENARIO", name, f"a TOML file, or one of {', '.join(found)}")
    return read_scenario(path)
