"""The tab that is measured: Chromium without a screen, and what the page's own clock says."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

EXECUTABLES = ("chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT = 1440, 900
# Told once what to look for has been on the screen: two frames after it is in the document.
MEASURES = """
window.until = (found) => new Promise((tell) => {
  const painted = () => requestAnimationFrame(() => requestAnimationFrame(() => tell(Date.now())));
  if (found()) return painted();
  const watcher = new MutationObserver(() => { if (found()) { watcher.disconnect(); painted(); } });
  watcher.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
});
window.follow = (selector, text) => {
  window.followed = window.until(() => {
    const found = document.querySelector(selector);
    return found && (text === null || found.textContent === text);
  });
};
"""
SEEN = "async (selector) => { await window.until(() => document.querySelector(selector)); return performance.now(); }"


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium; FileNotFoundError when none is installed."""
    found = next(filter(None, map(shutil.which, EXECUTABLES)), None)
    if found is None:
        raise FileNotFoundError(f"none of {', '.join(EXECUTABLES)} is on the PATH: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


def fresh_tab(running: Browser) -> Page:
    """A tab that knows no file of the console yet."""
    tab = running.new_context(viewport={"width": WIDTH, "height": HEIGHT}).new_page()
    tab.add_init_script(MEASURES)
    return tab


def first_sight(running: Browser, address: str, selector: str) -> tuple[float, float]:
    """Milliseconds from the navigation until `selector` is on the screen, and until the first byte."""
    tab = fresh_tab(running)
    tab.goto(address, wait_until="commit")
    seen = tab.evaluate(SEEN, selector)
    answered = tab.evaluate("performance.getEntriesByType('navigation')[0].responseStart")
    tab.context.close()
    return float(seen), float(answered)


class Memory:
    """What a tab's scripts hold, after a forced collection."""

    def __init__(self, tab: Page) -> None:
        self._session: CDPSession = tab.context.new_cdp_session(tab)
        self._session.send("Performance.enable")

    def now(self) -> dict[str, float]:
        """Heap in MB, and how many nodes and listeners there are."""
        for _ in range(2):
            self._session.send("HeapProfiler.collectGarbage")
        told = {each["name"]: each["value"] for each in self._session.send("Performance.getMetrics")["metrics"]}
        heap = round(told["JSHeapUsedSize"] / 1e6, 2)
        return {"heap_mb": heap, "nodes": told["Nodes"], "listeners": told["JSEventListeners"]}
