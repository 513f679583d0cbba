"""`python -m benchmarks.console`: the console at size, in a real browser.

A service in a process of its own, its database with everybody in it, and headless Chromium, on one machine. The two
pages are opened anew each time, with nothing kept by the browser. Then another manager acts, by a process that is not
the one that serves, and a tab tells when it shows so; then items are decided by key, one after the other; then a tab
is refreshed over and over while things happen, and what it holds in memory is counted.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser

from benchmarks.circumstances import circumstances
from benchmarks.console.browser import browser, first_sight, fresh_tab
from benchmarks.console.steps import FLOOR, QUEUE, decisions, floor_updates, memory, queue_updates, spread
from benchmarks.console.world import DAY_SECONDS, Size, populate
from benchmarks.load.house import House
from routing.bootstrap import Service

RESULTS = Path(__file__).parent / "results"
WHAT = (
    "first_sight: ms from the navigation until the first row is on the screen, first_byte: until the reply began; "
    "update: ms from the moment before another manager's step (its commit included) until the tab shows it, two frames "
    "after the document changed; decision: ms from the key until the next item is shown; "
    "memory: the tab's heap after a forced collection, as rounds go by of events and refreshes of all parts; a page "
    "refreshes once a second at most, so 3600 rounds are an hour of events without a pause"
)
Figures = dict[str, Any]


def main() -> None:
    """Run all parts and write the result."""
    options = _options()
    size = Size(options.items, options.waiting, options.cops)
    about = {"items": size.items, "waiting": size.waiting, "cops": size.cops, "runs": options.runs, "seeds": [0]}
    found: Figures = circumstances(WHAT, about, "api", "routing", "benchmarks/console")
    with tempfile.TemporaryDirectory() as folder, _served(Path(folder), size) as (house, service), browser() as running:
        found |= _measured(running, house.base_url, service, options)
    print(json.dumps(found, indent=1))
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console", description=__doc__)
    parser.add_argument("--items", type=int, default=5_000, help="in the disambiguation queue")
    parser.add_argument("--waiting", type=int, default=500, help="conversations that wait for a COp")
    parser.add_argument("--cops", type=int, default=2_000, help="on the floor")
    parser.add_argument("--runs", type=int, default=10, help="times each page is opened and each step is taken")
    hour = "refreshes of all parts while memory is watched; a page makes one a second at most, so 3600 are an hour's"
    parser.add_argument("--rounds", type=int, default=3_600, help=hour)
    parser.add_argument("--out", type=Path, default=RESULTS / "console.json", help="the result")
    return parser.parse_args()


@contextmanager
def _served(folder: Path, size: Size) -> Iterator[tuple[House, Service]]:
    variables = {"POINTSMAN_PACK": str(folder / "pack"), "POINTSMAN_REVIEW_DEADLINE_SECONDS": str(DAY_SECONDS)}
    service = populate(folder, size)
    with House(folder, variables) as house:
        house.run("train")
        # Nothing is matched, and nothing lapses, while it is measured.
        house.serve(classified=True, split=False, working=False)
        yield house, service


def _measured(running: Browser, address: str, service: Service, options: argparse.Namespace) -> Figures:
    pages = {"queue": ("/", QUEUE), "floor": ("/console/floor/page", FLOOR)}
    opened = {name: _opened(running, f"{address}{path}", row, options.runs) for name, (path, row) in pages.items()}
    tab = fresh_tab(running)
    tab.goto(address)
    shown = {"queue": spread(queue_updates(tab, service, options.runs))}
    decided = spread(decisions(tab, options.runs * 3))
    remembered = {"queue": memory(tab, service, options.rounds)}
    tab.goto(f"{address}/console/floor/page")
    tab.locator(FLOOR).first.wait_for()
    shown["floor"] = spread(floor_updates(tab, service, options.runs))
    remembered["floor"] = memory(tab, service, options.rounds, "floor")
    return {"opened": opened, "update_ms": shown, "decision_ms": decided, "memory": remembered}


def _opened(running: Browser, address: str, row: str, runs: int) -> Figures:
    seen, answered = zip(*(first_sight(running, address, row) for _ in range(runs)), strict=True)
    return {"first_sight_ms": spread(seen), "first_byte_ms": spread(answered)}


if __name__ == "__main__":
    main()
