"""No page of the console keeps anybody out: axe-core finds nothing serious on any of them, in light and in dark."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import axe_playwright_python
import pytest
from builders import make_model
from doubles import ScriptedModelFiles
from e2e.living_floor import LivingFloor, living_floor
from e2e.served import free_port, serving
from model_reports import REPORT
from playwright.sync_api import Browser, Page, expect
from seeds import committed
from simulators import ScriptedSimulator

from api.app import create_app
from api.roles import CONSOLE
from routing.adapters.edited_rules import EditedRules
from routing.adapters.pack import STARTER_FOLDER, PackFolder
from routing.adapters.policy_file import PolicyFile
from routing.adapters.system import SortableIds, SystemClock
from routing.adapters.what_if_files import WhatIfFiles
from routing.domain.cop import Presence
from routing.domain.model import ModelState, StoredFile
from routing.services.what_if import WhatIfDesk

pytestmark = pytest.mark.browser
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
SERIOUS = """async (options) => (await axe.run(options)).violations
  .filter((each) => ['serious', 'critical'].includes(each.impact))
  .map((each) => `${each.id}: ${each.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(' | ')}`)"""
PARTS = {
    *("/console/floor", "/console/floor/page/body", "/console/queue", "/console/conversations", "/console/what-if/run"),
    *("/console/conversation", "/console/conversation/why", "/console/models/report", "/console/erasure"),
    "/console/models/one",
    *("/console/stream", "/console/desk/board", "/console/desk/stream"),
}
"""What is loaded into a page, or is written elsewhere."""
PAGES = sorted(
    {path for method, path in CONSOLE if method == "GET" and "{" not in path and not path.endswith("/one")} - PARTS
)


class Reported(LivingFloor):
    """A floor with the files of models."""

    models = ScriptedModelFiles()


def register(floor: LivingFloor) -> Reported:
    """A live model with a report."""
    file = StoredFile("m1.report.json", "0" * 64)
    Reported.models.contents[file.path] = json.dumps(REPORT).encode()
    model = replace(make_model("m1"), state=ModelState.LIVE, reports=(file,), facts={"examples": 7})
    committed(floor.context.store, lambda uow: uow.models.add(model))
    books = EditedRules(PackFolder(STARTER_FOLDER), PolicyFile())
    return Reported(floor.context, floor.classifier, floor.settings, books=books)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A floor with something on each page: a queue, people who wait and are late, work, verdicts."""
    floor = register(living_floor())
    floor.come_in((Presence.AVAILABLE, Presence.BUSY, Presence.AWAY))
    floor.arrive("Card lost, Dundee city centre.")
    floor.understand()
    floor.match()
    floor.ask("where is my card", "a loan for a boat", "mein Konto ist gesperrt")
    folder = tmp_path_factory.mktemp("what-if")
    desk = WhatIfDesk(ScriptedSimulator(), WhatIfFiles(folder), SystemClock(), SortableIds(SystemClock()), "me", 600)
    with serving(create_app(floor, what_if=desk), free_port()) as address:
        yield address


@pytest.fixture(scope="module", params=["light", "dark"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    # The script of the check is put into the page from outside, which the pages' own policy rightly forbids.
    context = browser.new_context(color_scheme=request.param, bypass_csp=True, viewport={"width": 1280, "height": 720})
    yield context.new_page()
    context.close()


def found_on(page: Page) -> list[str]:
    page.evaluate(AXE)
    found: list[str] = page.evaluate(SERIOUS, OPTIONS)
    return found


@pytest.mark.parametrize("path", PAGES)
def test_nothing_serious_is_found_on_a_page(path: str, page: Page, place: str) -> None:
    reply = page.goto(f"{place}{path}")
    assert reply is not None
    assert (reply.status, page.locator("h1").count()) == (200, 1), path
    assert found_on(page) == []


def test_nothing_serious_is_found_on_an_item_and_in_its_dialogs(page: Page, place: str) -> None:
    page.goto(place)
    expect(page.locator("#live")).to_have_text("Live")
    page.keyboard.press("j")
    expect(page.locator("#review [data-review]")).to_be_visible()
    assert found_on(page) == []
    for key, dialog in (("?", "help"), ("/", "search"), ("e", "escalate"), ("n", "propose")):
        page.keyboard.press(key)
        expect(page.locator(f"#{dialog}")).to_be_visible()
        assert found_on(page) == [], dialog
        page.keyboard.press("Escape")


@pytest.mark.parametrize("path", ["roster/one?entry=amara-okafor", "taxonomy/one?entry=card_lost_or_stolen"])
def test_nothing_serious_is_found_where_one_thing_is_edited(path: str, page: Page, place: str) -> None:
    page.goto(f"{place}/console/edits/{path}")
    expect(page.locator("form").first).to_be_visible()
    assert found_on(page) == []


def test_nothing_serious_is_found_at_a_cop_s_desk(page: Page, place: str) -> None:
    page.goto(f"{place}/console/desk?cop_id=amara-okafor")
    assert found_on(page) == []


def test_nothing_serious_is_found_on_a_model_s_page_and_its_working_point_moves_by_key(page: Page, place: str) -> None:
    page.goto(f"{place}/console/models/one?model=m1")
    assert found_on(page) == []
    expect(page.locator("#share")).to_have_text("50.0 %")
    page.locator("#point").press("ArrowRight")
    expect(page.locator("#share")).to_have_text("100.0 %")
    expect(page.locator("#wrong")).to_have_text("2,000")
    expect(page.locator("#hours")).to_have_text("0")


def test_nothing_serious_is_found_on_a_phone(page: Page, place: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for path in ("/", "/console/desk?cop_id=amara-okafor", "/console/floor/page"):
        page.goto(f"{place}{path}")
        assert found_on(page) == [], path
    page.set_viewport_size({"width": 1280, "height": 720})


def test_in_german_nothing_serious_is_found_and_scripts_and_parts_speak_it_too(page: Page, place: str) -> None:
    page.goto(place)
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.locator("#queue-title")).to_have_text("Klärungsliste")
    expect(page.locator("#live")).to_have_text("Live")
    page.keyboard.press("j")
    expect(page.locator("#review .review-title")).to_have_text("Worum geht es?")
    page.keyboard.press("/")
    expect(page.locator("#search-count")).to_contain_text("Anliegenarten")
    page.keyboard.press("Escape")
    assert found_on(page) == []
    for path in ("/", "/console/floor/page", "/console/models/one?model=m1", "/console/desk?cop_id=amara-okafor"):
        page.goto(f"{place}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280, path
    page.goto(f"{place}/console/models/one?model=m1")
    expect(page.locator("#share")).to_have_text("50,0\u00a0%")
    page.context.clear_cookies()


def test_a_button_without_a_name_would_be_found(page: Page, place: str) -> None:
    page.goto(f"{place}/console/models")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [each.partition(":")[0] for each in found_on(page)] == ["button-name"]
