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
LOOKS = 12
WARM_ROUNDS = 60
BETWEEN_DECISIONS, BETWEEN_ACCOUNTS = 20, 50
"""Rounds from one item decided by key to the next, and from one conversation's account to the next."""
ROWS = f"() => [...document.querySelectorAll('{QUEUE}')].map((row) => row.dataset.row)"
ACCOUNT = """(at) => new Promise((done) => {
  const account = document.getElementById('account'), rows = document.querySelectorAll('[data-conversation]');
  account.addEventListener('htmx:after:swap', () => done(), { once: true });
  rows[at % rows.length].click();
})"""
PARTS = {"queue": ["queue-list", "floor-body", "conversation-list"], "floor": ["floor-page"]}
REFRESH = """(parts) => Promise.all(parts.map((part) => new Promise((done) => {
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


def memory(tab: Page, service: Service, rounds: int, page: str = "queue") -> dict[str, Any]:
    """What the tab holds at the beginning and after each twelfth of so many refreshes of all parts of a page.

    Between two of them another manager claims an item or lets go of it, and a COp comes or goes. On the queue's page
    every so often an item is decided by key, and a conversation's account opened.
    """
    kept, busy = Memory(tab), _Busy(tab, service, page)
    for number in range(min(WARM_ROUNDS, rounds)):
        busy.round(number)
    looks, began = [kept.now()], time.monotonic()
    for number in range(1, rounds + 1):
        busy.round(number)
        if number % max(1, rounds // LOOKS) == 0:
            looks.append(kept.now())
    each = (time.monotonic() - began) / rounds
    return {"rounds": rounds, "events": busy.events, "ms_a_round": round(each * 1e3), "looks": looks}


class _Busy:
    """A tab in front of somebody while others work."""

    def __init__(self, tab: Page, service: Service, page: str) -> None:
        self._tab, self._service, self._page, self.events = tab, service, page, 0
        self._held: str | None = None

    def round(self, number: int) -> None:
        """Two events and a refresh of all parts; by turns a decision or an account."""
        self._others(number)
        if self._page == "queue" and number % BETWEEN_DECISIONS == 1:
            self._decide()
        if self._page == "queue" and number % BETWEEN_ACCOUNTS == 1:
            self._tab.evaluate(ACCOUNT, number)
        self._tab.evaluate(REFRESH, PARTS[self._page])

    def _others(self, number: int) -> None:
        if self._held is None and self._page == "queue":
            self._held = self._tab.evaluate(ROWS)[-1]
            claim(self._service.context, ReviewId(self._held), f"{OTHER} {number}")
        elif self._held is not None:
            skip(self._service.context, ReviewId(self._held), f"{OTHER} {number - 1}")
            self._held = None
        standing = Presence.AVAILABLE if number % 2 else Presence.AWAY
        cop = CopId(f"cop-{number // 2 % 500 * 4}")
        set_presence(self._service.context, PresenceChange(cop, standing, OTHER))
        self.events += 2 if self._page == "queue" else 1

    def _decide(self) -> None:
        if self._tab.locator("#review [data-review]").count() == 0:
            self._tab.keyboard.press("j")
            self._tab.locator("#review [data-review]").wait_for()
        self._tab.evaluate(DECIDE, "1")
        self.events += 2
