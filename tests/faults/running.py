"""One seed from the first deed to the last promise, and how its failure is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from api import gathering
from faults import deeds, people
from faults.crowd import seeded
from faults.fate import Broken, Fate
from faults.settling import settle
from faults.store import Database
from faults.world import World
from routing.adapters.sql import shared_commits

DEEDS = 21
LINES_TOLD = 80
AGAIN = "PYTHONPATH=tests:. .venv/bin/python -m faults {seed}"


class PromiseBroken(AssertionError):
    """What broke, in which seed, what led to it, and how to see it again."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What one seed, or many, went through."""

    seeds: int = 0
    steps: int = 0
    commits: int = 0
    crashes: int = 0
    offers: int = 0
    messages: int = 0
    erasures: int = 0
    shared: int = 0
    gathered: int = 0

    def told(self) -> str:
        """In words."""
        return ", ".join(f"{getattr(self, name):,} {name}" for name in self.__slots__)

    def __add__(self, other: "Tally") -> "Tally":
        mine, theirs = (tuple(getattr(each, name) for name in self.__slots__) for each in (self, other))
        return Tally(*(a + b for a, b in zip(mine, theirs, strict=True)))


def run_seed(seed: int, database: Database) -> Tally:
    """Everything one seed draws; PromiseBroken tells its story."""
    fate = Fate(seed)
    world = World(database, fate)
    try:
        people.the_day_begins(world)
        fate.calm = False
        for _ in range(DEEDS):
            deeds.something(world)
        settle(world)
    except (Broken, Exception) as error:
        raise PromiseBroken(told(fate, error)) from error
    finally:
        world.close()
    promises = world.promises
    return Tally(
        seeds=1,
        steps=fate.steps,
        commits=promises.commits,
        crashes=fate.crashes,
        offers=promises.offers,
        messages=len(world.ledger),
        erasures=len(promises.erased.gone),
        shared=fate.shared,
        gathered=fate.gathered,
    )


def told(fate: Fate, error: BaseException) -> str:
    """The failure with what led to it."""
    lines = "\n".join(fate.story[-LINES_TOLD:])
    again = AGAIN.format(seed=fate.seed)
    return f"seed {fate.seed}: {type(error).__name__}: {error}\n{lines}\nsee it again: {again}"


def run_seeds(seeds: Iterable[int], folder: Path) -> Tally:
    """Many seeds, one after the other, on one database file under `folder`."""
    from routing.adapters.sql.schema_version import upgrade

    folder.mkdir(exist_ok=True)
    empty = folder / "empty.db"
    upgrade(f"sqlite:///{empty}")
    database = Database(empty, folder / "floor.db")
    total = Tally()
    try:
        drawn = seeded(lambda: database.fate)
        with patch.multiple(shared_commits, **drawn), patch.object(gathering, "threading", drawn["threading"]):
            for seed in seeds:
                total += run_seed(seed, database)
    finally:
        database.store.close()
    return total
