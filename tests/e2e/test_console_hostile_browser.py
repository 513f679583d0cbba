"""Sixty payloads in every text field of every page, in a real browser: nothing runs, nothing is asked of anybody."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from e2e.served import free_port, serving
from e2e.xss_payloads import PAYLOADS
from hostile_floor import door_that_says
from playwright.sync_api import Browser, Page, expect

from api.console.rendering import CONTENT_SECURITY_POLICY

pytestmark = pytest.mark.browser
ACTS = (
    "script:not([src^='/console/static/']), iframe, object, embed, base, img, video, audio, marquee, math, style, "
    "link:not([href^='/console/static/']), meta[http-equiv], [onerror], [onload], [onfocus], [ontoggle], [onstart], "
    "[onbegin], [hx-on\\\\:load], [href^='javascript'], [src^='javascript'], form[action^='//'], form[action*=':']"
)
READ = f"""() => ({{
  fired: window.__fired ?? null,
  acts: [...document.querySelectorAll("{ACTS}")].map((found) => found.outerHTML.slice(0, 200)),
  moved: location.href,
}})"""


class Watched:
    """A page with all that it did besides showing text."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.wrong: list[str] = []
        self.asked: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("dialog", lambda dialog: self.wrong.append(f"dialog {dialog.message}"))
        page.on("pageerror", lambda error: self.wrong.append(f"error {error}"))
        page.on("popup", lambda popup: self.wrong.append(f"popup {popup.url}"))
        page.on(
            "console", lambda said: self.wrong.append(said.text) if "Content Security Policy" in said.text else None
        )

    def heard(self, said: str) -> None:
        """A policy that had to step in means that something tried."""
        self.wrong += [said] if "Content Security Policy" in said else []

    def see(self, place: str) -> str:
        """Open a place of the console; what it did there is added to `wrong`."""
        self.page.goto(self.address + place, wait_until="domcontentloaded")
        found = self.page.evaluate(READ)
        self.wrong += [f"{place}: {found['fired']}"] if found["fired"] is not None else []
        self.wrong += [f"{place}: {element}" for element in found["acts"]]
        self.wrong += [] if found["moved"] == self.address + place else [f"{place}: moved to {found['moved']}"]
        return str(self.page.evaluate("document.body.textContent"))

    @property
    def elsewhere(self) -> set[str]:
        """Requests that left the service."""
        return {url for url in self.asked if not url.startswith((self.address, "data:"))}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(door_that_says(*PAYLOADS).app, free_port()) as place:
        yield place


def places(each: int = 1) -> list[str]:
    """Every part of the console that shows words, for each payload or for every so manieth."""
    found = ["/", "/console/queue", "/console/floor", "/console/conversations"]
    for number, payload in [*enumerate(PAYLOADS)][::each]:
        found += [f"/console/reviews/r-{3 * number + state}" for state in (1, 2, 3)]
        found += [
            f"/console/reviews/r-{3 * number + 1}/similar",
            f"/console/conversation?conversation={quote(payload)}",
        ]
        found += [f"/console/reviews/{quote(payload, safe='')[:120]}"]
    return found


def nothing_is_done(browser: Browser, address: str, places: list[str], *, trusting: bool) -> None:
    context = browser.new_context(bypass_csp=trusting)
    watched = Watched(context.new_page(), address)
    for place in places:
        watched.see(place)
    print(f"{len(PAYLOADS)} payloads, {len(places)} pages, {len(watched.asked)} requests, 0 elsewhere")
    context.close()
    assert watched.wrong == []
    assert watched.elsewhere == set()


def test_nothing_that_a_text_says_is_done_even_with_the_policy_switched_off(browser: Browser, address: str) -> None:
    # Then nothing but escaping stands between a text and the page.
    nothing_is_done(browser, address, places(), trusting=True)


@pytest.mark.parametrize("each", [5, pytest.param(1, marks=pytest.mark.slow)], ids=["every fifth", "each"])
def test_nothing_that_a_text_says_is_done_or_stopped_by_the_policy_alone(
    browser: Browser, address: str, each: int
) -> None:
    nothing_is_done(browser, address, places(each), trusting=False)


def test_the_pages_really_show_the_payloads(browser: Browser, address: str) -> None:
    context = browser.new_context()
    watched = Watched(context.new_page(), address)
    whole = " ".join(watched.see(place) for place in ("/", "/console/floor"))
    assert sum(payload.strip() in whole for payload in PAYLOADS if payload.isprintable()) > 40
    context.close()


def test_opened_by_hand_a_hostile_message_is_only_read(browser: Browser, address: str) -> None:
    context = browser.new_context()
    watched = Watched(context.new_page(), address)
    page = watched.page
    page.goto(address)
    expect(page.locator("#live")).to_contain_text("Live", timeout=30_000)
    for number in range(0, len(PAYLOADS), 6):
        page.evaluate("(id) => document.querySelector(`[data-open='${id}']`)?.click()", f"r-{3 * number + 1}")
        page.wait_for_timeout(100)
    for number in range(5):
        page.locator("[data-conversation]").nth(number).evaluate("(row) => row.click()")
        page.wait_for_timeout(100)
    assert page.evaluate("window.__fired ?? null") is None
    assert page.locator("main").count() == 1
    assert watched.wrong == []
    assert watched.elsewhere == set()
    context.close()


def test_the_policy_of_every_page_allows_nothing_inline(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    for place in ("/", "/sign-in", "/console/models", "/console/queue", "/console/conversation?conversation=x"):
        reply = page.goto(address + place)
        assert reply is not None
        policy = reply.headers["content-security-policy"]
        assert policy == CONTENT_SECURITY_POLICY
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
    context.close()
