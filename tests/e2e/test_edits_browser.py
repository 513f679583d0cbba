"""Editing in a real browser, by keyboard: a weight is changed, tried out, applied, and taken back from its history."""

import pytest
from e2e.living_floor import LivingFloor
from e2e.served import CONTRASTS
from playwright.sync_api import Browser, Page, expect

from routing.adapters.edited_rules import EditedRules
from routing.adapters.pack import PackFolder
from routing.adapters.policy_file import PolicyFile

pytestmark = pytest.mark.browser
PAGE = "/console/edits/policy"


def contrasts(page: Page) -> list[str]:
    """What is hard to read, once the page has its styles."""
    page.wait_for_load_state("load")
    return list(page.evaluate(CONTRASTS))


def test_a_weight_is_edited_tried_out_applied_and_taken_back_by_keyboard(
    floor: LivingFloor, browser_page: Page, address: str, console_errors: list[str]
) -> None:
    floor.books = EditedRules(PackFolder(), PolicyFile())
    floor.arrive("Card lost, Dundee city centre.")
    floor.understand()
    floor.come_in()
    floor.match()
    page = browser_page
    page.goto(f"{address}/console/switches")
    page.get_by_role("link", name="Edit", exact=True).press("Enter")
    weight = page.get_by_label("matching.min_proficiency")
    weight.fill("0.95")
    page.get_by_label("because").fill("only the best")
    page.keyboard.press("Enter")
    expect(page.locator("#preview-title")).to_have_text("What would change")
    expect(page.locator("main")).to_contain_text("1 of the 1 rounds")
    assert contrasts(page) == []
    expect(page.get_by_role("button", name="Apply")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_contain_text("Applied")
    expect(page.locator("tr.edited")).to_contain_text("matching.min_proficiency")
    page.emulate_media(color_scheme="dark")
    assert contrasts(page) == []
    page.get_by_role("link", name="History").press("Enter")
    expect(page.locator("#v1")).to_have_text("Version 1")
    page.locator("form", has=page.locator("input[name=roll_back_to]")).get_by_label("because").fill(
        "too few could serve"
    )
    page.keyboard.press("Enter")
    expect(page.locator("#preview-title")).to_contain_text("Back to the files alone")
    expect(page.get_by_role("button", name="Apply")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("Version 2")
    expect(page.locator("tr.edited")).to_have_count(0)
    page.goto(f"{address}/console/edits/roster/one?entry=amara-okafor")
    page.get_by_label("Skills").fill("cards 7")
    page.locator("#f-reason").fill("a slip")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("skills.cards is 7")
    assert contrasts(page) == []
    assert [each for each in console_errors if "422" not in each] == []


def test_a_market_s_holiday_is_edited_by_keyboard_in_german(floor: LivingFloor, browser: Browser, address: str) -> None:
    floor.books = EditedRules(PackFolder(), PolicyFile())
    floor.arrive("Card lost, Dundee city centre.")
    context = browser.new_context(locale="de-DE", viewport={"width": 1280, "height": 720}, color_scheme="dark")
    page = context.new_page()
    page.goto(f"{address}/console/edits/policy")
    page.get_by_role("link", name="Märkte").press("Enter")
    page.get_by_role("link", name="gb").press("Enter")
    page.get_by_label("Feiertage").fill("2026-12-25, 2026-02-30")
    page.locator("#f-reason").fill("Weihnachten")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text('holidays[1] ist "2026-02-30"; zulässig: Tage, die es gibt')
    assert contrasts(page) == []
    page.get_by_label("Feiertage").fill("2026-12-25")
    page.locator("#f-reason").press("Enter")
    expect(page.locator("main")).to_contain_text("1 Gespräche kamen in den letzten 24 Stunden")
    expect(page.get_by_role("button", name="Anwenden")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("tr.edited")).to_contain_text("2026-12-25")
    assert contrasts(page) == []
    context.close()
