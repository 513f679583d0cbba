"""A manager works the queue in a real browser: keys and mouse decide, undo takes back, others' claims show."""

from pathlib import Path

from e2e.living_floor import LivingFloor, living_floor
from e2e.served import free_port, item_of, opened, serving, shown, signed_in
from playwright.sync_api import Browser, Page, Route, expect
from rest_door import write_tokens

from api.app import create_app
from routing.domain.review import ReviewId, ReviewState
from routing.services import review, review_views


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


def test_what_is_new_meanwhile_does_not_break_off_a_claim_that_is_on_its_way(
    floor: LivingFloor, browser_page: Page, address: str
) -> None:
    [only] = floor.ask("where is my card")
    page = opened(browser_page, address)
    page.keyboard.press("j")
    shown(page, only)
    news = []

    def slowly(route: Route) -> None:
        news.extend(floor.ask("a loan for a boat"))
        page.wait_for_timeout(2_500)
        route.continue_()

    page.route("**/claim", slowly)
    page.keyboard.press("c")
    expect(page.locator(".standing")).to_contain_text("You hold it.")
    assert item_of(floor, only) is ReviewState.CLAIMED
    expect(page.locator(f"#row-{news[0]}")).to_be_visible()


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
