"""A COp's day in a real browser: offers, work, keys, a phone, a restart."""

import hashlib
import re
from pathlib import Path

import pytest
from e2e.living_floor import LivingFloor, living_floor
from e2e.served import CONTRASTS, free_port, opened, serving
from e2e.xss_payloads import PAYLOADS
from playwright.sync_api import Browser, Page, expect
from seeds import read

from api.app import create_app
from routing.domain.cop import CopId
from routing.domain.offer import AssignmentState, OfferId
from routing.services import offers

pytestmark = pytest.mark.browser
DESK = "/console/desk"


def offered(floor: LivingFloor, text: str = "Card lost, Dundee city centre.") -> tuple[str, str]:
    """(who is offered it, the offer)."""
    floor.come_in()
    floor.arrive(text)
    floor.understand()
    floor.match()
    [offer] = read(floor.context.store, lambda uow: uow.offers.pending())
    return offer.cop_id, offer.id


def desk(page: Page, address: str, cop_id: str) -> Page:
    return opened(page, f"{address}{DESK}?cop_id={cop_id}")


def test_a_cop_takes_works_and_wraps_up_by_keyboard_alone(
    floor: LivingFloor, browser_page: Page, address: str, console_errors: list[str]
) -> None:
    cop_id, _ = offered(floor)
    page = desk(browser_page, address, cop_id)
    expect(page.locator("[data-offer]")).to_contain_text("Dundee")
    page.keyboard.press("a")
    expect(page.locator("#toast")).to_contain_text("It is yours.")
    expect(page.locator("[data-current]")).to_contain_text("Dundee")
    page.keyboard.press("w")
    form = page.locator("[data-wrap-up]")
    expect(form.locator("select")).to_be_focused()
    expect(form.locator("[data-worked]")).to_have_value(re.compile(r"0:0[1-9]"))
    form.locator("select").press("Tab")
    page.keyboard.press("ArrowDown")
    expect(form.locator("input[value=follow_up_needed]")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("Wrapped up.")
    [ended] = read(floor.context.store, lambda uow: uow.assignments.since(floor.context.clock.now()))
    assert (ended.state, ended.disposition) == (AssignmentState.WRAPPED_UP, "follow_up_needed")
    assert (ended.handle_time_seconds or 0) > 0
    assert console_errors == []


def test_an_offer_appears_by_itself_and_is_declined_with_a_reason(
    floor: LivingFloor, browser_page: Page, address: str
) -> None:
    floor.come_in()
    [cop_id, *_] = list(floor.pack.roster)
    page = desk(browser_page, address, cop_id)
    expect(page.locator("#no-offers")).to_be_visible()
    cop_id, offer_id = offered(floor)
    page = desk(page, address, cop_id)
    expect(page.locator(f"#offer-{offer_id}")).to_be_visible()
    page.keyboard.press("d")
    page.get_by_role("button", name="On another call").click()
    expect(page.locator("#toast")).to_contain_text("Declined")
    expect(page.locator(f"#offer-{offer_id}")).to_have_count(0)
    ended = read(floor.context.store, lambda uow: uow.offers.get(OfferId(offer_id)))
    assert ended.reason == "On another call"


def test_a_new_offer_is_told_without_a_reload_while_a_half_filled_form_stays(
    floor: LivingFloor, browser_page: Page, address: str
) -> None:
    cop_id, offer_id = offered(floor)
    work = offers.accept(floor.context, OfferId(offer_id), CopId(cop_id))
    page = desk(browser_page, address, cop_id)
    page.keyboard.press("t")
    reason = page.locator(f"#endings-{work.id} [data-ending=transfer] input[name=reason]")
    reason.fill("half a sentence")
    for number in range(12):
        floor.arrive(f"Card lost, Dundee city centre. {number}")
    floor.understand()
    floor.match()
    expect(page.locator("[data-offer]").first).to_be_visible()
    expect(page).to_have_title(re.compile(r"^\(\d\)"))
    expect(page.locator("#news")).to_contain_text("New offer")
    expect(reason).to_have_value("half a sentence")


def test_presence_is_one_key_away(floor: LivingFloor, browser_page: Page, address: str) -> None:
    [cop_id, *_] = list(floor.pack.roster)
    page = desk(browser_page, address, cop_id)
    for key, standing in (("1", "available"), ("3", "away")):
        page.keyboard.press(key)
        expect(page.locator(f".standing-choice.{standing}")).to_have_attribute("aria-pressed", "true")
    assert read(floor.context.store, lambda uow: uow.cops.status(cop_id)).presence == "away"


def test_the_desk_survives_a_restart_of_the_service(floor: LivingFloor, browser_page: Page) -> None:
    port = free_port()
    cop_id, _ = offered(floor)
    with serving(create_app(floor), port) as address:
        page = desk(browser_page, address, cop_id)
        page.keyboard.press("a")
        expect(page.locator("[data-current]")).to_be_visible()
    expect(page.locator("#live")).to_have_text("Connection lost, retrying")
    expect(page.locator("#stale")).to_contain_text(re.compile(r"What you see is \d+ seconds old"), timeout=15_000)
    expect(page.locator("[data-current]")).to_be_visible()
    with serving(create_app(floor), port):
        expect(page.locator("#live")).to_have_text("Live", timeout=20_000)
        expect(page.locator("#stale")).to_be_hidden()
        page.keyboard.press("2")
        expect(page.locator(".standing-choice.busy")).to_have_attribute("aria-pressed", "true")


def test_a_cop_signs_in_and_sees_no_other_page(browser: Browser, tmp_path: Path) -> None:
    cop_id = next(iter(living_floor().pack.roster))
    digest = hashlib.sha256(b"token-of-a-cop").hexdigest()
    tokens = tmp_path / "tokens.toml"
    tokens.write_text(f'[[token]]\nname = "a cop"\nsha256 = "{digest}"\nroles = ["cop"]\ncop_id = "{cop_id}"\n')
    floor = living_floor(tokens=tokens)
    with serving(create_app(floor), free_port()) as address:
        page = browser.new_context().new_page()
        page.goto(address)
        page.locator("input[name=token]").fill("token-of-a-cop")
        page.keyboard.press("Enter")
        expect(page.locator("#live")).to_have_text("Live")
        expect(page.locator(".standings")).to_be_visible()
        assert page.goto(f"{address}/").status == 403  # type: ignore[union-attr]
        page.get_by_role("link", name="Your desk").click()
        expect(page.locator("#live")).to_have_text("Live")
        page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_everything_fits_can_be_pressed_and_read(
    floor: LivingFloor, browser: Browser, address: str, scheme: str
) -> None:
    cop_id, offer_id = offered(floor)
    offers.accept(floor.context, OfferId(offer_id), CopId(cop_id))
    for number in range(12):
        floor.arrive(f"Card lost, Dundee city centre. {number}")
    floor.understand()
    floor.match()
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme, has_touch=True)  # type: ignore[arg-type]
    page = desk(context.new_page(), address, cop_id)
    page.locator("[data-decline]").first.tap()
    page.locator("[data-ending=wrap-up] summary").tap()
    assert page.evaluate("document.documentElement.scrollWidth <= 360")
    small = page.evaluate(
        """[...document.querySelectorAll('main :is(button, summary, select, a, label:has([type=radio]))')]
        .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
        .map((e) => e.outerHTML.slice(0, 90))"""
    )
    assert small == []
    assert page.evaluate(CONTRASTS) == []
    context.close()


def test_hostile_words_run_nothing_at_the_desk(
    floor: LivingFloor, browser_page: Page, address: str, console_errors: list[str]
) -> None:
    browser_page.on("dialog", lambda dialog: console_errors.append(dialog.message))
    cop_id, offer_id = offered(floor, f"Card lost, Dundee city centre. {' '.join(PAYLOADS)[:60_000]}")
    page = desk(browser_page, address, cop_id)
    expect(page.locator(f"#offer-{offer_id}")).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator("[data-current]")).to_be_visible()
    assert page.evaluate("window.__fired") is None
    assert page.locator("main :is(script, img, iframe, style, [onerror], [onload])").count() == 0
    assert console_errors == []
