"""The console lives in a real browser: the floor moves, connections break, hostile text stays text, all can be read."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from e2e.living_floor import LivingFloor, living_floor
from e2e.served import CONTRASTS, clock_of, free_port, opened, serving, shown, signed_in
from e2e.xss_payloads import PAYLOADS
from playwright.sync_api import Browser, Page, expect
from rest_door import write_tokens

from api.app import create_app
from routing.domain.review import ReviewId
from routing.services import review

pytestmark = pytest.mark.browser


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


def test_a_lost_connection_is_said_and_comes_back(floor: LivingFloor, browser_page: Page) -> None:
    port = free_port()
    with serving(create_app(floor), port) as address:
        page = opened(browser_page, address)
    expect(page.locator("#live")).to_have_text("Connection lost, retrying")
    with serving(create_app(floor), port):
        expect(page.locator("#live")).to_have_text("Live", timeout=20_000)
        [id] = floor.ask("after the break")
        expect(page.locator(f"#row-{id}")).to_be_visible()


def test_after_a_restart_the_manager_is_still_signed_in(browser: Browser, tmp_path: Path) -> None:
    floor, port = living_floor(tokens=write_tokens(tmp_path / "tokens.toml")), free_port()
    with serving(create_app(floor), port) as address:
        page = signed_in(browser, address, "mona")
    with serving(create_app(floor), port):
        expect(page.locator("#live")).to_have_text("Live", timeout=20_000)
        [id] = floor.ask("after the break")
        expect(page.locator(f"#row-{id}")).to_be_visible()
    page.context.close()


def test_whose_sign_in_was_ended_elsewhere_is_led_to_the_sign_in(browser: Browser, tmp_path: Path) -> None:
    floor = living_floor(tokens=write_tokens(tmp_path / "tokens.toml"))
    with serving(create_app(floor), free_port()) as address:
        page = signed_in(browser, address, "mona")
        forget_sign_ins(floor)
        expect(page.locator("input[name=token]")).to_be_visible(timeout=20_000)
    page.context.close()


def forget_sign_ins(floor: LivingFloor) -> None:
    with floor.context.store.transaction() as uow:
        uow.sign_ins.forget_before(floor.context.clock.now() + timedelta(days=1))
        uow.commit()


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
