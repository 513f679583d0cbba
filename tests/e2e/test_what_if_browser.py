"""A manager asks the simulated floor in a real browser, by keyboard: the simulation itself runs behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.served import CONTRASTS, free_port, serving
from playwright.sync_api import Page, expect
from rest_door import make_service
from simulators import ScriptedSimulator, make_answer

from api.app import create_app
from routing.adapters.system import SortableIds, SystemClock
from routing.adapters.what_if_files import WhatIfFiles
from routing.domain.what_if import DaysDone
from routing.ports import Simulator
from routing.services.what_if import WhatIfDesk
from routing.settings import Settings
from simulation.questions import FloorSimulator

pytestmark = pytest.mark.browser
LONG_MS = 240_000


def address_of(simulator: Simulator, folder: Path) -> Iterator[str]:
    clock = SystemClock()
    desk = WhatIfDesk(simulator, WhatIfFiles(folder), clock, SortableIds(clock), "me", 600)
    with serving(create_app(make_service(Settings()), what_if=desk), free_port()) as place:
        yield place


@pytest.fixture
def simulator() -> ScriptedSimulator:
    return ScriptedSimulator()


@pytest.fixture
def scripted(simulator: ScriptedSimulator, tmp_path: Path) -> Iterator[str]:
    yield from address_of(simulator, tmp_path)


@pytest.fixture
def real(tmp_path: Path) -> Iterator[str]:
    yield from address_of(FloorSimulator(), tmp_path)


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.locator(f"[name='{name}']").fill(value)


def press_until(page: Page, key: str, name: str) -> None:
    """Press a key until the focus is on the control of that name."""
    for _ in range(40):
        page.keyboard.press(key)
        if page.locator(":focus").get_attribute("name") == name or page.locator(":focus").inner_text() == name:
            return
    raise AssertionError(f"the keyboard does not reach {name}")


def test_a_question_is_asked_by_keyboard_and_answered_by_the_simulated_floor(
    browser_page: Page, real: str, console_errors: list[str]
) -> None:
    page = browser_page
    page.goto(f"{real}/console/what-if?floor=small")
    page.locator("[name='policy']").select_option("gcmu")
    page.locator("[name='absence_cops']").focus()
    page.keyboard.type("8")
    fill(page, days="1")
    press_until(page, "Tab", "Ask")
    page.keyboard.press("Enter")
    expect(page.locator(".progress")).to_be_visible(timeout=LONG_MS)
    expect(page.locator(".sentences")).to_contain_text("One day cannot tell", timeout=LONG_MS)
    expect(page.locator(".found tbody tr")).to_have_count(8)
    expect(page.locator(".pictures svg.chart")).to_have_count(2)
    assert page.locator("#what-if-runs").get_attribute("hx-trigger") is None
    assert console_errors == []


def test_progress_moves_while_the_focus_stays(browser_page: Page, scripted: str, simulator: ScriptedSimulator) -> None:
    page = browser_page
    page.goto(f"{scripted}/console/what-if")
    fill(page, absence_cops="3")
    page.get_by_role("button", name="Ask").click()
    page.get_by_role("button", name="Cancel").focus()
    simulator.begun[-1].said.put(DaysDone(1, 4))
    expect(page.locator(".progress p")).to_contain_text("1 of 4 simulated days")
    expect(page.locator(":focus")).to_have_text("Cancel")
    page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_contain_text("cancelled by local-admin")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 420])
def test_an_answer_fits_and_is_readable(
    browser_page: Page, scripted: str, simulator: ScriptedSimulator, scheme: str, width: int
) -> None:
    page = browser_page
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 720})
    page.goto(f"{scripted}/console/what-if")
    fill(page, training_cops="4")
    page.get_by_role("button", name="Ask").click()
    simulator.begun[-1].said.put(make_answer())
    simulator.begun[-1].said.put(None)
    expect(page.locator(".sentences")).to_contain_text("Abandonment rises from 2.00 % to 5.00 %, worse")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.evaluate(CONTRASTS) == []


def test_a_wrong_time_is_told_beside_the_form_as_it_was(browser_page: Page, scripted: str) -> None:
    page = browser_page
    page.goto(f"{scripted}/console/what-if")
    fill(page, absence_cops="3", absence_start="18:30")
    page.get_by_role("button", name="Ask").click()
    expect(page.get_by_role("alert")).to_contain_text("Fewer people: start is '18:30'; allowed: a time from 09:00")
    expect(page.locator("[name='absence_cops']")).to_have_value("3")
