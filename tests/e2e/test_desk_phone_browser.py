"""A COp's phone, held upright: from sign-in to wrap-up by touch, in both languages, with the keyboard up."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.living_floor import LivingFloor, living_floor
from e2e.served import free_port, serving
from playwright.sync_api import Browser, Locator, Page, expect
from seeds import read

from api.app import create_app
from routing.domain.cop import CopId
from routing.domain.offer import AssignmentState

pytestmark = pytest.mark.browser
WIDTH, HEIGHT, ABOVE_KEYBOARD = 390, 844, 480
LEAST_TARGET, LEAST_LETTERS = 24, 16
LONG = " I was at the station when it happened and I need to know what to do next." * 4
# A box or a dot inside a label is as large as its label.
SMALL = f"""() => [...document.querySelectorAll('a, button, summary, select, label, input:not([type=hidden], label *)')]
  .filter((e) => e.checkVisibility())
  .map((e) => [e.getBoundingClientRect(), e.outerHTML.slice(0, 80)])
  .filter(([box]) => box.height && (box.height < {LEAST_TARGET} || box.width < {LEAST_TARGET}))"""
# Into a field of smaller letters Safari on a phone zooms, and the page is wider than the screen from then on.
SMALL_LETTERS = f"""() => [...document.querySelectorAll('select, input')]
  .filter((e) => !['hidden', 'radio', 'checkbox'].includes(e.type))
  .filter((e) => e.checkVisibility() && parseFloat(getComputedStyle(e).fontSize) < {LEAST_LETTERS})
  .map((e) => e.name)"""
COUNTDOWNS_IN_SIGHT = """() => [...document.querySelectorAll('.countdown')].filter((e) => {
  const box = e.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return box.height && box.top >= 0 && box.bottom <= innerHeight && (top === e || e.contains(top));
}).length"""


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    """One token, of the roster's first COp: "a-token"."""
    [cop_id, *_] = living_floor().pack.roster
    found, digest = tmp_path / "tokens.toml", hashlib.sha256(b"a-token").hexdigest()
    found.write_text(f'[[token]]\nname = "a cop"\nsha256 = "{digest}"\nroles = ["cop"]\ncop_id = "{cop_id}"\n')
    return found


@pytest.fixture(params=["en-GB", "de-DE"])
def phone(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    screen = {"width": WIDTH, "height": HEIGHT}
    context = browser.new_context(viewport=screen, has_touch=True, is_mobile=True, locale=request.param)  # type: ignore[arg-type]
    yield context.new_page()
    context.close()


def fits(page: Page) -> None:
    """Nothing is wider than the screen, or too small for a finger."""
    assert page.evaluate("document.documentElement.scrollWidth") == WIDTH
    assert page.evaluate(SMALL) == []
    assert page.evaluate(SMALL_LETTERS) == []


def write_with_the_keyboard_up(page: Page, field: Locator, text: str) -> None:
    """Tap a field, let the keyboard take the lower half of the screen, and type."""
    field.tap()
    page.set_viewport_size({"width": WIDTH, "height": ABOVE_KEYBOARD})
    expect(field).to_be_focused()
    expect(field).to_be_in_viewport(ratio=1)
    field.fill(text)
    fits(page)
    page.set_viewport_size({"width": WIDTH, "height": HEIGHT})


def sign_in(page: Page, address: str) -> None:
    page.goto(address)
    fits(page)
    write_with_the_keyboard_up(page, page.locator("input[name=token]"), "a-token")
    page.locator("form.panel button.primary").tap()
    expect(page.locator("#live")).to_have_attribute("data-state", "live")
    fits(page)


def be_available(page: Page) -> None:
    page.locator("[data-presence='1']").tap()
    expect(page.locator(".standing-choice.available")).to_have_attribute("aria-pressed", "true")


def come_in(floor: LivingFloor, many: int = 4) -> None:
    for number in range(many):
        floor.arrive(f"Card lost, Dundee city centre. {number}.{LONG}")
    floor.understand()
    floor.match()


def test_a_cop_works_from_sign_in_to_wrap_up_on_a_phone(phone: Page, tokens: Path) -> None:
    floor = living_floor(tokens=tokens)
    [cop_id, *_] = floor.pack.roster
    with serving(create_app(floor), free_port()) as address:
        sign_in(phone, address)
        be_available(phone)
        come_in(floor)
        offers = phone.locator("[data-offer]")
        expect(offers.first).to_be_visible()
        assert phone.evaluate("scrollY") == 0
        expect(offers.first.locator(".countdown")).to_be_in_viewport(ratio=1)
        expect(offers.first.locator("[data-accept]")).to_be_in_viewport(ratio=1)
        fits(phone)
        declined = offers.last.get_attribute("data-offer")
        offers.last.locator("[data-decline]").tap()
        fits(phone)
        write_with_the_keyboard_up(phone, offers.last.locator("[name=own_reason]"), "busy with a colleague")
        offers.last.locator(".reasons > button").tap()
        expect(phone.locator(f"#offer-{declined}")).to_have_count(0)
        phone.locator("[data-accept]").first.tap()
        expect(phone.locator("[data-current]")).to_be_visible()
        # What was just said lies over the page for some seconds, and keeps nobody from pressing what is under it.
        phone.locator("[data-ending='wrap-up'] summary").tap()
        fits(phone)
        phone.locator("[data-wrap-up] label", has=phone.locator("[value=follow_up_needed]")).tap()
        write_with_the_keyboard_up(phone, phone.locator("[data-worked]"), "1:30")
        phone.locator("[data-wrap-up] .primary").tap()
        expect(phone.locator("[data-current]")).to_have_count(0)
        fits(phone)
    [ended] = read(floor.context.store, lambda uow: uow.assignments.since(floor.context.clock.now()))
    assert (ended.cop_id, ended.state) == (CopId(cop_id), AssignmentState.WRAPPED_UP)
    assert (ended.disposition, ended.handle_time_seconds) == ("follow_up_needed", 90)


def test_an_offer_s_countdown_is_in_sight_wherever_one_has_scrolled_to(phone: Page, tokens: Path) -> None:
    floor = living_floor(tokens=tokens)
    with serving(create_app(floor), free_port()) as address:
        sign_in(phone, address)
        be_available(phone)
        come_in(floor, many=1)
        phone.locator("[data-accept]").tap()
        phone.locator("[data-ending='wrap-up'] summary").tap()
        done = phone.locator("[data-wrap-up] .primary")
        done.scroll_into_view_if_needed()
        phone.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        strip = phone.locator("#offer-strip")
        expect(strip).to_be_hidden()
        come_in(floor, many=2)
        expect(phone.locator("[data-offer]").first).to_be_attached()
        phone.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        expect(strip).to_be_visible()
        assert phone.evaluate(COUNTDOWNS_IN_SIGHT) >= 1
        fits(phone)
        strip.tap()
        expect(phone.locator("[data-offer] .countdown").first).to_be_in_viewport(ratio=1)
        expect(strip).to_be_hidden()
        assert phone.evaluate(COUNTDOWNS_IN_SIGHT) >= 1
