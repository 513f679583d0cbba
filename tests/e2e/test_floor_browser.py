"""The floor's own page in a real browser: red where somebody must act, acting, undoing, following, reading."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.living_floor import LivingFloor
from e2e.served import CONTRASTS, clock_of, free_port, opened, serving
from playwright.sync_api import Browser, Page, expect

from api.app import create_app
from routing.adapters.system import SortableIds, SystemClock
from routing.adapters.what_if_files import WhatIfFiles
from routing.domain.conversation import ConversationState
from routing.domain.cop import Presence
from routing.domain.override import OverrideKind
from routing.services import overrides
from routing.services.overrides import Wish
from routing.services.what_if import WhatIfDesk
from simulation.questions import FloorSimulator

pytestmark = pytest.mark.browser
PAGE = "/console/floor/page"
SIMULATED_MS = 15_000
"""The service gives a simulation 12 seconds."""


def late(floor: LivingFloor) -> None:
    """Somebody waits past their target, and nobody is at work."""
    floor.arrive("Card lost, Dundee city centre.")
    floor.understand()
    clock_of(floor).advance(4_000)


def test_from_red_to_help_and_back_by_keyboard(
    floor: LivingFloor, browser_page: Page, address: str, console_errors: list[str]
) -> None:
    late(floor)
    page = opened(browser_page, f"{address}{PAGE}")
    page.get_by_role("link", name=re.compile("^Act on")).first.press("Enter")
    form = page.locator("form", has=page.locator("input[value=raise_priority]"))
    form.locator("input[name=reason]").fill("a storm")
    page.keyboard.press("Enter")
    expect(page.locator("#preview-title")).to_contain_text("priority 1")
    # The text is there before the page has given the button the focus.
    expect(page.get_by_role("button", name="Begin now")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_have_text("In force from now on.")
    expect(page.locator(".changed")).to_contain_text("a storm")
    page.locator(".changed").get_by_role("button", name="Undo").press("Enter")
    expect(page.locator(".done")).to_contain_text("Undone")
    expect(page.locator(".changed")).to_have_count(0)
    assert console_errors == []


def test_a_number_opens_its_rows_and_a_row_its_account(floor: LivingFloor, browser_page: Page, address: str) -> None:
    late(floor)
    page = opened(browser_page, f"{address}{PAGE}")
    page.locator(".cells .red td a").first.click()
    expect(page.locator("h1")).to_have_text("Waiting")
    page.get_by_role("link", name=re.compile("^Account")).first.click()
    expect(page.locator("#account")).to_contain_text("Dundee")


def test_the_page_follows_the_floor_without_a_reload(floor: LivingFloor, browser_page: Page, address: str) -> None:
    page = opened(browser_page, f"{address}{PAGE}")
    page.evaluate("window.sameDocument = true")
    late(floor)
    expect(page.locator(".cells tr.red")).to_have_count(1)
    overrides.begin(floor.context, Wish(OverrideKind.PAUSE_AUTOMATION, 30, "odd answers"), "priya")
    expect(page.locator(".changed")).to_contain_text("odd answers")
    assert page.evaluate("window.sameDocument") is True


def test_the_kill_switch_stops_the_model_s_decisions_at_once(
    floor: LivingFloor, browser_page: Page, address: str
) -> None:
    page = browser_page
    page.goto(f"{address}/console/floor/act")
    form = page.locator("form", has=page.locator("input[value=pause_automation]"))
    form.locator("input[name=reason]").fill("odd answers")
    form.get_by_role("button").click()
    page.get_by_role("button", name="Begin now").click()
    expect(page.locator(".changed")).to_contain_text("people decide everything")
    floor.arrive("Card lost, Dundee city centre.")
    floor.arrive("My statement has not come this month, can you send it again?")
    floor.understand()
    with floor.context.store.reading() as uow:
        assert uow.conversations.count_by_state().get(ConversationState.IN_REVIEW, 0) >= 1
        assert uow.triages.decisions_since(floor.context.clock.now()).get("auto", 0) <= 1


@pytest.fixture
def foreseeing(floor: LivingFloor, tmp_path: Path) -> Iterator[str]:
    """The floor with the simulator itself behind it."""
    clock = SystemClock()
    desk = WhatIfDesk(FloorSimulator(), WhatIfFiles(tmp_path), clock, SortableIds(clock), "me", 600)
    with serving(create_app(floor, what_if=desk), free_port()) as place:
        yield place


def previewed(page: Page, address: str) -> Page:
    """What a raised priority would do, asked for by keyboard."""
    page.goto(f"{address}/console/floor/act?market=gb&family=cards")
    page.locator("form", has=page.locator("input[value=raise_priority]")).locator("input[name=reason]").fill("a storm")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Begin now")).to_be_focused()
    return page


def test_the_next_minutes_are_simulated_while_the_preview_is_read_and_move_nothing(
    floor: LivingFloor, browser_page: Page, foreseeing: str, console_errors: list[str]
) -> None:
    floor.come_in((Presence.AVAILABLE, Presence.AWAY))
    late(floor)
    floor.arrive("Card lost, Dundee city centre.")
    floor.understand()
    page = previewed(browser_page, foreseeing)
    button = page.get_by_role("button", name="Begin now")
    before = button.bounding_box()
    expect(page.locator("#outlook")).to_contain_text("being simulated")
    expect(page.locator("#outlook tbody tr")).to_have_count(3, timeout=SIMULATED_MS)
    expect(page.locator("#outlook")).to_contain_text("Mean wait from now on")
    assert button.bounding_box() == before and page.evaluate(CONTRASTS) == []
    expect(button).to_be_focused()
    assert console_errors == []


@pytest.mark.parametrize("status", [None, 500])
def test_minutes_that_cannot_be_simulated_are_said_to_be_so(
    floor: LivingFloor, browser_page: Page, foreseeing: str, status: int | None
) -> None:
    late(floor)
    gone = (lambda route: route.fulfill(status=status, body="{}")) if status else (lambda route: route.abort())
    browser_page.route("**/console/floor/outlook", gone)
    page = previewed(browser_page, foreseeing)
    expect(page.locator("#outlook")).to_have_text(re.compile("could not be simulated: the service does not answer"))
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_have_text("In force from now on.")


def test_no_action_is_cut_off_in_a_language_of_longer_words(floor: LivingFloor, browser: Browser, address: str) -> None:
    floor.ask("a loan for a boat", "mein Konto ist gesperrt")
    late(floor)
    floor.come_in()
    context = browser.new_context(viewport={"width": 1280, "height": 720}, locale="de-DE")
    page = context.new_page()
    page.goto(address + PAGE)
    box = page.locator("a.act-now").first.bounding_box()
    edge = page.locator(".cells").bounding_box()
    assert box and edge and box["x"] + box["width"] <= edge["x"] + edge["width"]
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_and_nothing_is_wider_than_the_page(
    floor: LivingFloor, browser: Browser, address: str, scheme: str
) -> None:
    late(floor)
    floor.come_in()
    overrides.begin(floor.context, Wish(OverrideKind.PAUSE_AUTOMATION, 30, "odd answers"), "priya")
    for number in range(9):
        clock_of(floor).advance(1_200)
        for _ in range(number):
            floor.arrive("Card lost, Dundee city centre.")
    floor.understand()
    floor.match()
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    for path in (PAGE, "/console/floor/rows?what=arrived", "/console/floor/act?market=gb&family=cards"):
        page.goto(address + path)
        page.wait_for_load_state()
        assert page.evaluate(CONTRASTS) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= 1280"), path
    context.close()
