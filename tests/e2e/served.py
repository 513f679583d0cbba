"""The application behind a real server on loopback, and what a browser finds out about its pages."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep

import uvicorn
from builders import FrozenClock
from e2e.living_floor import LivingFloor
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect

from api.shutdown import Server
from routing.domain.review import ReviewId, ReviewState
from routing.services import review_views

POLL_SECONDS = 0.05
# The text's colour against the nearest ground that is painted, by WCAG's formula.
CONTRASTS = """() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parts(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const poor = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !element.checkVisibility() || element.closest('.gone, :disabled')) continue;
    const [a, b] = [parts(getComputedStyle(element).color), ground(element)].map(light);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${element.className} ${walk.currentNode.data.trim().slice(0, 40)}`);
  }
  return poor;
}"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(app: FastAPI, port: int) -> Iterator[str]:
    """The real application behind uvicorn on loopback; its address."""
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=2)
    server = Server(config, app.state.stopping)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the server did not start"
        sleep(POLL_SECONDS)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    expect(page.locator("#live")).to_have_text("Live")
    return page


def item_of(floor: LivingFloor, id: str) -> ReviewState:
    return review_views.review_item(floor.context, ReviewId(id)).state


def shown(page: Page, id: str) -> None:
    expect(page.locator(f"[data-review='{id}']")).to_be_visible()


def clock_of(floor: LivingFloor) -> FrozenClock:
    assert isinstance(floor.context.clock, FrozenClock)
    return floor.context.clock


def signed_in(browser: Browser, address: str, name: str) -> Page:
    page = browser.new_context().new_page()
    page.goto(address)
    page.locator("input[name=token]").fill(f"token-of-{name}")
    page.keyboard.press("Enter")
    expect(page.locator("#live")).to_have_text("Live")
    return page
