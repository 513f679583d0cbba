"""A manager at the console, in a real browser: keys decide, claims show, the floor lives, hostile text stays text."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import pytest
import uvicorn
from builders import FrozenClock
from e2e.living_floor import LivingFloor, living_floor
from e2e.xss_payloads import PAYLOADS
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, expect
from rest_door import write_tokens

from api.app import create_app
from api.shutdown import Server
from routing.domain.review import ReviewId, ReviewState
from routing.services import review, review_views

pytestmark = pytest.mark.browser
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


@pytest.fixture
def floor() -> LivingFloor:
    return living_floor()


@pytest.fixture
def address(floor: LivingFloor) -> Iterator[str]:
    with serving(create_app(floor), free_port()) as place:
        yield place


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


def test_one_key_decides_and_the_next_message_is_there(
    floor: LivingFloor, browser_page: Page, address: str, console_errors: list[str]
) -> None:
    first, second = floor.ask("where is my card", "a loan for a boat")
    page = opened(browser_page, address)
    page.keyboard.press("j")
    shown(page, first)
    best = page.locator("[data-key='1'] .candidate-name").inner_text()
    page.keyboard.press("1")
    shown(page, second)
    expect(page.locator("#toast")).to_contain_text("Decided:")
    verdict = review_views.review_item(floor.context, ReviewId(first)).verdict
    assert verdict is not None
    assert best.startswith(floor.pack.taxonomy.get(str(verdict.issue_type)).name)
    assert review_views.review_item(floor.context, ReviewId(second)).claimed_by == "local-admin"
    assert console_errors == []


def test_u_takes_the_last_verdict_back(floor: LivingFloor, browser_page: Page, address: str) -> None:
    [only] = floor.ask("where is my card")
    page = opened(browser_page, address)
    page.keyboard.press("j")
    shown(page, only)
    page.keyboard.press("0")
    expect(page.locator("#review")).to_contain_text("No message chosen.")
    assert item_of(floor, only) is ReviewState.DECIDED
    page.keyboard.press("u")
    shown(page, only)
    expect(page.locator("#toast")).to_contain_text("Your verdict is taken back.")
    assert item_of(floor, only) is ReviewState.OPEN


def test_undo_is_remembered_over_a_reload(floor: LivingFloor, browser_page: Page, address: str) -> None:
    [only] = floor.ask("where is my card")
    page = opened(browser_page, address)
    page.keyboard.press("j")
    shown(page, only)
    page.keyboard.press("o")
    expect(page.locator("#toast")).to_contain_text("Outside the taxonomy")
    page.reload()
    expect(page.locator("#live")).to_have_text("Live")
    page.keyboard.press("u")
    shown(page, only)
    assert item_of(floor, only) is ReviewState.OPEN


def test_a_nervous_double_press_decides_one_message_only(floor: LivingFloor, browser_page: Page, address: str) -> None:
    first, second = floor.ask("where is my card", "a loan for a boat")
    page = opened(browser_page, address)
    page.keyboard.press("j")
    shown(page, first)
    page.evaluate("for (const _ of [1, 2]) document.dispatchEvent(new KeyboardEvent('keydown', {key: '1'}))")
    shown(page, second)
    page.wait_for_timeout(300)
    assert (item_of(floor, first), item_of(floor, second)) == (ReviewState.DECIDED, ReviewState.CLAIMED)


def test_any_issue_type_is_found_by_typing(floor: LivingFloor, browser_page: Page, address: str) -> None:
    [only] = floor.ask("hmm")
    page = opened(browser_page, address)
    page.keyboard.press("j")
    shown(page, only)
    page.keyboard.press("/")
    page.keyboard.type("lost or stol")
    expect(page.locator("[data-choose]:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("Decided: Card lost or stolen.")
    verdict = review_views.review_item(floor.context, ReviewId(only)).verdict
    assert verdict is not None
    assert verdict.issue_type == "card_lost_or_stolen"


def test_the_mouse_does_what_the_keys_do(floor: LivingFloor, browser_page: Page, address: str) -> None:
    first, second = floor.ask("where is my card", "a loan for a boat")
    page = opened(browser_page, address)
    page.locator(f"[data-open='{first}']").click()
    expect(page.locator(".standing")).to_contain_text("You hold it.")
    page.get_by_role("button", name="Skip").click()
    shown(page, second)
    page.locator(".candidate").nth(1).click()
    expect(page.locator("#toast")).to_contain_text("Decided:")
    page.locator("#toast [data-undo]").click()
    shown(page, second)
    assert item_of(floor, second) is ReviewState.OPEN


def test_the_whole_queue_can_be_worked_by_keyboard_alone(floor: LivingFloor, browser_page: Page, address: str) -> None:
    [only] = floor.ask("where is my card")
    page = opened(browser_page, address)
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.open") == only:
            break
    page.keyboard.press("Enter")
    shown(page, only)
    expect(page.locator(".review-title")).to_be_focused()
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.dataset.key") != "1":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("Decided:")
    assert item_of(floor, only) is ReviewState.DECIDED


def test_single_keys_can_be_turned_off(floor: LivingFloor, browser_page: Page, address: str) -> None:
    floor.ask("where is my card")
    page = opened(browser_page, address)
    page.keyboard.press("?")
    page.locator("#keys-on").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.wait_for_timeout(300)
    expect(page.locator("#review")).to_contain_text("No message chosen.")


def test_what_happens_on_the_floor_appears_without_a_reload(
    floor: LivingFloor, browser_page: Page, address: str, console_errors: list[str]
) -> None:
    page = opened(browser_page, address)
    page.evaluate("window.sameDocument = true")
    [id] = floor.ask("a new message")
    expect(page.locator(f"#row-{id}")).to_contain_text("a new message")
    floor.come_in()
    expect(page.locator("#floor-body .cop.free").first).to_be_visible()
    floor.arrive("Card lost, Dundee city centre.")
    floor.understand()
    floor.match()
    expect(page.locator("#floor-body")).to_contain_text("solver time, last tick")
    expect(page.locator("[data-conversation]").nth(1)).to_be_visible()
    assert page.evaluate("window.sameDocument") is True
    assert console_errors == []


def test_the_chosen_row_stays_where_it_is_while_those_above_it_end(
    floor: LivingFloor, browser_page: Page, address: str
) -> None:
    floor.ask("one", "two", "three")
    page = opened(browser_page, address)
    opening = page.locator("[data-open]")
    first, second, third = (opening.nth(place).get_attribute("data-open") or "" for place in range(3))
    page.locator(f"[data-open='{third}']").click()
    shown(page, third)
    expect(page.locator(f"#row-{third}")).to_contain_text("yours")
    before = page.locator(f"#row-{third}").bounding_box()
    review.give_verdict(floor.context, ReviewId(first), None, "somebody")
    expect(page.locator("li.gone")).to_have_count(1)
    assert page.locator(f"#row-{third}").bounding_box() == before
    [new] = floor.ask("four")
    expect(page.locator(f"#row-{new}")).to_be_visible()
    expect(page.locator(f"[data-open='{third}']")).to_have_attribute("aria-current", "true")
    page.locator(f"[data-open='{second}']").click()
    expect(page.locator("li.gone")).to_have_count(0)


def test_a_message_that_lapses_under_the_reader_stays_and_says_so(
    floor: LivingFloor, browser_page: Page, address: str
) -> None:
    first, _ = floor.ask("one", "two")
    page = opened(browser_page, address)
    page.locator(f"[data-open='{first}']").click()
    expect(page.locator(".standing")).to_contain_text("You hold it.")
    clock_of(floor).advance(50)
    expect(page.locator(".deadline [data-urgent]")).to_have_text("0:10")
    clock_of(floor).advance(11)
    review.lapse_due(floor.context)
    expect(page.locator(".standing")).to_contain_text("Already on its way; your verdict still teaches.")
    expect(page.locator(f"#rows-waiting #row-{first}")).to_be_visible()
    page.keyboard.press("1")
    expect(page.locator("#toast")).to_contain_text("Decided:")


def test_a_verdict_that_comes_second_is_explained_in_place(
    floor: LivingFloor, browser_page: Page, address: str
) -> None:
    [only] = floor.ask("where is my card")
    page = opened(browser_page, address)
    page.keyboard.press("j")
    shown(page, only)
    review.give_verdict(floor.context, ReviewId(only), "card_lost_or_stolen", "priya")
    page.keyboard.press("1")
    expect(page.locator("#review")).to_contain_text("Decided by priya: Card lost or stolen.")


def test_managers_see_each_other_s_claims_and_take_turns(browser: Browser, tmp_path: Path) -> None:
    floor = living_floor(tokens=write_tokens(tmp_path / "tokens.toml"))
    [only] = floor.ask("where is my card")
    with serving(create_app(floor), free_port()) as address:
        pages = {name: signed_in(browser, address, name) for name in ("mona", "mick")}
        pages["mona"].keyboard.press("j")
        expect(pages["mona"].locator(".standing")).to_contain_text("You hold it.")
        expect(pages["mick"].locator(f"#row-{only} .held")).to_contain_text("mona")
        pages["mick"].keyboard.press("j")
        shown(pages["mick"], only)
        expect(pages["mick"].locator(".standing")).to_contain_text("mona is on it.")
        pages["mick"].keyboard.press("1")
        expect(pages["mick"].locator(".notice")).to_contain_text("mona is on it.")
        assert item_of(floor, only) is ReviewState.CLAIMED
        pages["mona"].get_by_role("button", name="Sign out").click()
        expect(pages["mona"].locator("input[name=token]")).to_be_visible()
        for page in pages.values():
            page.context.close()


def signed_in(browser: Browser, address: str, name: str) -> Page:
    page = browser.new_context().new_page()
    page.goto(address)
    page.locator("input[name=token]").fill(f"token-of-{name}")
    page.keyboard.press("Enter")
    expect(page.locator("#live")).to_have_text("Live")
    return page


def test_a_lost_connection_is_said_and_comes_back(floor: LivingFloor, browser_page: Page) -> None:
    port = free_port()
    with serving(create_app(floor), port) as address:
        page = opened(browser_page, address)
    expect(page.locator("#live")).to_have_text("Connection lost, retrying")
    with serving(create_app(floor), port):
        expect(page.locator("#live")).to_have_text("Live", timeout=20_000)
        [id] = floor.ask("after the break")
        expect(page.locator(f"#row-{id}")).to_be_visible()


def test_after_a_restart_the_manager_is_led_to_the_sign_in(browser: Browser, tmp_path: Path) -> None:
    floor, port = living_floor(tokens=write_tokens(tmp_path / "tokens.toml")), free_port()
    with serving(create_app(floor), port) as address:
        page = signed_in(browser, address, "mona")
    with serving(create_app(floor), port):
        expect(page.locator("input[name=token]")).to_be_visible(timeout=20_000)
    page.context.close()


def test_hostile_messages_run_nothing_and_reach_nowhere(
    floor: LivingFloor, browser_page: Page, address: str, console_errors: list[str]
) -> None:
    asked: list[str] = []
    browser_page.on("request", lambda request: asked.append(request.url))
    browser_page.on("dialog", lambda dialog: console_errors.append(dialog.message))
    items = floor.ask(*PAYLOADS)
    page = opened(browser_page, address)
    for id in items:
        page.evaluate("(id) => document.querySelector(`[data-open='${id}']`)?.click()", id)
        if page.locator(f"#row-{id}").count():
            shown(page, id)
    page.keyboard.press("0")
    expect(page.locator("#toast")).to_contain_text("Decided:")
    for number in range(5):
        page.locator("[data-conversation]").nth(number).click()
        expect(page.locator("#account article")).to_be_visible()
    assert page.evaluate("window.__fired") is None
    assert page.locator("main").count() == 1
    assert page.locator("main :is(script, img, iframe, style, form[action], [onerror], [onload])").count() == 0
    assert {url for url in asked if not url.startswith(address)} == set()
    assert console_errors == []


def test_a_browser_that_is_told_to_run_a_script_inline_refuses(browser_page: Page, address: str) -> None:
    page = opened(browser_page, address)
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.__fired = 1\">')")
    page.wait_for_timeout(300)
    assert page.evaluate("window.__fired") is None


def test_the_account_of_a_conversation_opens_beside_the_list(
    floor: LivingFloor, browser_page: Page, address: str
) -> None:
    floor.come_in()
    floor.arrive("Card lost, Dundee city centre.")
    floor.understand()
    floor.match()
    page = opened(browser_page, address)
    page.locator("[data-conversation]").first.click()
    account = page.locator("#account")
    expect(account).to_contain_text("Why this issue type")
    expect(account).to_contain_text("of weighted customer wait")
    expect(account).to_contain_text(re.compile("Runner-up|Nobody else could take it"))
    expect(account).to_contain_text("Message understood")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(floor: LivingFloor, browser: Browser, address: str, scheme: str) -> None:
    first, *_ = floor.ask("one", "two", "three", "four")
    review.claim(floor.context, ReviewId(first), "priya")
    floor.come_in()
    floor.arrive("Card lost, Dundee city centre.")
    floor.understand()
    clock_of(floor).advance(61)
    review.lapse_due(floor.context)
    floor.ask("five", "six")
    page = browser.new_context(color_scheme=scheme).new_page()  # type: ignore[arg-type]
    opened(page, address)
    page.keyboard.press("j")
    expect(page.locator(".similar")).to_contain_text("None yet")
    page.locator("[data-conversation]").first.click()
    expect(page.locator("#account article")).to_be_visible()
    assert page.evaluate(CONTRASTS) == []
    page.context.close()


def test_a_narrow_screen_shows_one_part_at_a_time_without_scrolling_sideways(
    floor: LivingFloor, browser_page: Page, address: str
) -> None:
    [only] = floor.ask("where is my card " + "x" * 400)
    browser_page.set_viewport_size({"width": 420, "height": 900})
    page = opened(browser_page, address)
    page.locator(f"[data-open='{only}']").click()
    shown(page, only)
    for part in ("queue", "floor", "conversations"):
        page.locator(f"[data-tab='{part}']").click()
        expect(page.locator(f"section#{part}")).to_be_visible()
        assert page.locator("main > section:visible").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
