"""What is done to a tab, and how long it takes to show: another manager's steps, decisions by key, refreshes."""

import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from playwright.sync_api import Page

from benchmarks.console.browser import Memory
from routing.bootstrap import Service
from routing.domain.cop import CopId, Presence
from routing.domain.review import ReviewId
from routing.services.presence import PresenceChange, set_presence
from routing.services.review import claim, skip

QUEUE, FLOOR = "#rows-waiting li[data-row]", ".cells tbody tr"
AT_WORK = ".figures a[href='/console/floor/rows?what=cops']"
OTHER = "another manager"
CALM_MS = 2_500
THINK_MS = 400
LOOKS = 4
ROWS = f"() => [...document.querySelectorAll('{QUEUE}')].map((row) => row.dataset.row)"
REFRESH = """() => Promise.all(['queue-list', 'floor-body', 'conversation-list'].map((part) => new Promise((done) => {
  const element = document.getElementById(part);
  const heard = (event) => {
    if (event.target !== element) return;
    element.removeEventListener('htmx:after:swap', heard);
    done();
  };
  element.addEventListener('htmx:after:swap', heard);
  htmx.trigger(element, 'refresh');
})))"""
DECIDE = """(key) => new Promise((tell) => {
  const shown = () => document.querySelector('#review [data-review]')?.dataset.review;
  const before = shown(), began = Date.now();
  window.until(() => shown() && shown() !== before).then((at) => tell(at - began));
  document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
})"""


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th of a hundred, and worst."""
    ordered = sorted(values)
    late = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return {"p50": round(statistics.median(ordered)), "p95": round(late), "worst": round(ordered[-1])}


def queue_updates(tab: Page, service: Service, runs: int) -> list[float]:
    """Milliseconds until each of another manager's claims is shown in the list."""
    ids = tab.evaluate(ROWS)[-runs:]
    found = [_shown(tab, f"#row-{id}[data-held]", partial(claim, service.context, ReviewId(id), OTHER)) for id in ids]
    for id in ids:
        skip(service.context, ReviewId(id), OTHER)
    return found


def floor_updates(tab: Page, service: Service, runs: int) -> list[float]:
    """Milliseconds until each COp who leaves is missing among those at work."""
    leaving = [CopId(f"cop-{number * 4}") for number in range(runs)]
    before = int(tab.locator(AT_WORK).inner_text())
    return [
        _shown(tab, AT_WORK, partial(_leave, service, id), text=str(before - left))
        for left, id in enumerate(leaving, 1)
    ]


def _leave(service: Service, cop_id: CopId) -> None:
    set_presence(service.context, PresenceChange(cop_id, Presence.AWAY, OTHER))


def _shown(tab: Page, selector: str, step: Callable[[], object], text: str | None = None) -> float:
    """Milliseconds from the step's beginning; other steps of the tab have come to rest before."""
    tab.wait_for_timeout(CALM_MS)
    tab.evaluate("([selector, text]) => window.follow(selector, text)", [selector, text])
    began = time.time() * 1e3
    step()
    return float(tab.evaluate("() => window.followed")) - began


def decisions(tab: Page, runs: int) -> list[float]:
    """Milliseconds from the key until the next item is there, each with time to read between."""
    tab.keyboard.press("j")
    tab.locator("#review [data-review]").wait_for()
    found = []
    for _ in range(runs):
        tab.wait_for_timeout(THINK_MS)
        found.append(float(tab.evaluate(DECIDE, "1")))
    return found


def memory(tab: Page, service: Service, rounds: int) -> dict[str, Any]:
    """What the tab holds at the beginning and after each quarter of so many refreshes, a claim or its end with each."""
    ids, kept = tab.evaluate(ROWS)[-20:], Memory(tab)
    for _ in range(20):
        tab.evaluate(REFRESH)
    looks, began = [kept.now()], time.monotonic()
    for number in range(rounds):
        step = skip if number // len(ids) % 2 else claim
        step(service.context, ReviewId(ids[number % len(ids)]), f"{OTHER} {number // (2 * len(ids))}")
        tab.evaluate(REFRESH)
        if (number + 1) % max(1, rounds // LOOKS) == 0:
            looks.append(kept.now())
    each = (time.monotonic() - began) / rounds
    return {"rounds": rounds, "events": rounds, "ms_a_round": round(each * 1e3), "looks": looks}
