"""`pointsman simulate`: policies and what-if changes on a simulated floor, with the same customers for all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routing.cli import configuration
from routing.cli.fail import fail
from routing.cli.progress import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simulation.comparison import Comparison, Contender

FIRST_SEED = 10
"""Floors 0 and 1 are those that defaults were chosen on."""
_STEPS = 1_000
"""What the progress bar counts: a thousandth of all days together."""
_CHANGE = (
    "Change the floor, or a parameter of its policy, and compare: arrivals.load=1.3, "
    "absences={start='16:00', minutes=60, cops=10, language='es'}, matching.price_weight=2. "
    "All --change make one change."
)


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command("simulate")(simulate_command)


def simulate_command(  # noqa: PLR0913, PLR0917 - one parameter an option
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A TOML file or a name that --list shows.")] = "",
    policy: Annotated[
        list[str] | None,
        typer.Option("--policy", help="A policy that --list shows, or a policy file; give several to compare them."),
    ] = None,
    seeds: Annotated[int, typer.Option("--seeds", help="Days to simulate, each another floor; 1 to 1000.")] = 10,
    first_seed: Annotated[int, typer.Option("--first-seed", help="Seed of the first; 0 to 1000000.")] = FIRST_SEED,
    change: Annotated[list[str] | None, typer.Option("--change", metavar="KEY=VALUE", help=_CHANGE)] = None,
    what_if: Annotated[
        list[Path] | None, typer.Option("--what-if", metavar="FILE.toml", help="A change written down; one each.")
    ] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with plots here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
    processes: Annotated[int, typer.Option("--processes", help="Days simulated at once; 1 or 2.")] = 2,
    listing: Annotated[bool, typer.Option("--list", help="Show the floors and the policies there are, and end.")] = (
        False
    ),
) -> None:
    """Try policies, or a change, on a simulated floor: means, 95 % intervals and differences on the same days."""
    if listing:
        _list()
        return
    if not scenario:
        fail("SCENARIO is missing; `pointsman simulate --list` shows those that come with Pointsman")
    _require("--seeds", seeds, range(1, 1001))
    _require("--first-seed", first_seed, range(1_000_001))
    _require("--processes", processes, range(1, 3))
    _require_file(html)
    with configuration.told():
        found = _contenders(scenario, policy or [], change or [], what_if or [])
        compared = _simulate(found, range(first_seed, first_seed + seeds), processes)
        if html is not None:
            from simulation.report import write_page

            write_page(compared, html)
    _tell(compared, as_json)


def _require(option: str, value: int, allowed: range) -> None:
    if value not in allowed:
        fail(f"{option} is {value}; allowed: a whole number from {allowed.start} to {allowed.stop - 1}")


def _require_file(html: Path | None) -> None:
    """The page's place is looked at first: nobody wants to hear of it after an hour's simulation."""
    if html is None:
        return
    if html.is_dir():
        fail(f"--html is {str(html)!r}, a folder; allowed: a file to write")
    try:
        html.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        fail(f"--html is {str(html)!r}, whose folder cannot be made ({error.strerror}); allowed: a file to write")


def _contenders(
    scenario: str, policies: Sequence[str], changes: Sequence[str], files: Sequence[Path]
) -> tuple[Contender, ...]:
    from simulation.comparison import contenders_of, find_scenario, parse_changes, read_policy_choice, read_what_if

    what_ifs = [*([parse_changes(changes)] if changes else []), *(read_what_if(path) for path in files)]
    names = policies or (["pointsman"] if what_ifs else ["longest_idle", "pointsman"])
    return contenders_of(find_scenario(scenario), [read_policy_choice(name) for name in names], what_ifs)


def _simulate(found: Sequence[Contender], seeds: Sequence[int], processes: int) -> Comparison:
    from simulation.comparison import compare, perform

    with shown("simulating", time_left=True) as told:
        days = len(found) * len(seeds)
        stage = f"{days} day{'' if days == 1 else 's'} of {found[0].base.hours:g} h"
        told(0, _STEPS, stage)
        results = perform(
            found, seeds, processes, lambda *_: None, lambda over: told(round(over * _STEPS), _STEPS, stage)
        )
        return compare(found, seeds, results)


def _tell(compared: Comparison, as_json: bool) -> None:
    from simulation.comparison.table import table

    if as_json:
        print(json.dumps(compared.as_dict(), indent=2))
    else:
        print("\n".join(table(compared)))


def _list() -> None:
    from simulation.comparison import find_scenario, shipped
    from simulation.floor import POLICIES

    print("floors")
    for name in shipped():
        print(f"  {name:<14}{find_scenario(name).description}")
    print("policies")
    for name, description in POLICIES.items():
        print(f"  {name:<14}{description}")
