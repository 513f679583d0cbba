"""A manager's further steps in a real browser: several needs, asking a lead, a new type, near-duplicates."""

from pathlib import Path

import pytest
from e2e.living_floor import LivingFloor, living_floor
from e2e.served import CONTRASTS, free_port, item_of, opened, serving, shown, signed_in
from playwright.sync_api import Browser, Page, expect
from rest_door import write_tokens

from api.app import create_app
from routing.domain.proposal import ProposalState
from routing.domain.review import ReviewId, ReviewState
from routing.services import proposals, review, review_views


def item(floor: LivingFloor, id: str):
    return review_views.review_item(floor.context, ReviewId(id))


def chosen(page: Page, address: str, id: str) -> Page:
    opened(page, address)
    page.locator(f"[data-open='{id}']").click()
    shown(page, id)
    expect(page.locator(".standing")).to_contain_text("You hold it.")
    return page


def test_m_chooses_several_needs_and_enter_decides_them(
    floor: LivingFloor, browser_page: Page, address: str, console_errors: list[str]
) -> None:
    [only] = floor.ask("where is my card")
    page = chosen(browser_page, address, only)
    keys = [page.locator(f"[data-key='{number}']").get_attribute("value") for number in (1, 2)]
    page.keyboard.press("m")
    page.keyboard.press("1")
    page.keyboard.press("2")
    expect(page.locator(".candidate[aria-pressed='true']")).to_have_count(2)
    assert item_of(floor, only) is ReviewState.CLAIMED
    page.keyboard.press("Enter")
    expect(page.locator("#toast")).to_contain_text("; also ")
    verdict = item(floor, only).verdict
    assert verdict is not None
    assert {verdict.issue_type, *verdict.needs} == set(keys)
    assert console_errors == []


def test_m_again_leaves_and_a_digit_decides_as_before(floor: LivingFloor, browser_page: Page, address: str) -> None:
    [only] = floor.ask("where is my card")
    page = chosen(browser_page, address, only)
    for key in ("m", "1", "m", "2"):
        page.keyboard.press(key)
    expect(page.locator("#toast")).to_contain_text("Decided:")
    verdict = item(floor, only).verdict
    assert verdict is not None
    assert verdict.needs == ()


def test_e_asks_a_lead_and_the_item_comes_first_with_the_note(
    floor: LivingFloor, browser_page: Page, address: str, console_errors: list[str]
) -> None:
    first, second = floor.ask("where is my card", "a loan for a boat")
    page = chosen(browser_page, address, second)
    page.keyboard.press("e")
    page.locator("#escalate textarea").fill("<b>is this</b> a complaint?")
    page.locator("#escalate [name=to]").fill("max")
    page.keyboard.press("Enter")
    shown(page, first)
    expect(page.locator("#rows-waiting li").first).to_contain_text("escalated")
    page.locator(f"[data-open='{second}']").click()
    expect(page.locator("p.asked")).to_contain_text("local-admin asks max")
    expect(page.locator("p.asked")).to_contain_text("<b>is this</b> a complaint?")
    assert item_of(floor, second) is not ReviewState.DECIDED
    assert console_errors == []


def test_n_proposes_a_type_and_leaves_the_conversation_to_its_deadline(
    floor: LivingFloor, browser_page: Page, address: str
) -> None:
    [only] = floor.ask("can I have a kitten on my card")
    page = chosen(browser_page, address, only)
    page.keyboard.press("n")
    page.locator("#propose [name=name]").fill("Card picture")
    page.locator("#propose [name=description]").fill("Wants another picture on the card")
    page.locator("#propose .primary").click()
    expect(page.locator("#toast")).to_contain_text("Proposed as a new issue type.")
    assert item_of(floor, only) is ReviewState.OPEN
    page.goto(f"{address}/console/proposals")
    expect(page.locator("main")).to_contain_text("qqq can I have a kitten on my card")
    page.locator("[name=note]").fill("good idea")
    page.get_by_role("button", name="Accept").click()
    expect(page.locator("main")).to_contain_text("Accepted by local-admin: good idea")
    expect(page.locator("main")).to_contain_text("pointsman types add --key card_picture")
    [view] = proposals.listed(floor.context, ProposalState.ACCEPTED)
    assert [case.id for case, _ in view.cases] == [only]


def test_one_verdict_decides_the_near_duplicates_left_ticked_and_one_undo_takes_all_back(
    floor: LivingFloor, browser_page: Page, address: str
) -> None:
    first, second, third, other = floor.ask(
        "my card was eaten by the machine here",
        "my card was eaten by the machine here",
        "My card was  eaten by the machine here",
        "a loan for a boat",
    )
    page = chosen(browser_page, address, first)
    page.keyboard.press("b")
    expect(page.locator("#alike [name=item]")).to_have_count(2)
    expect(page.locator("#alike-count")).to_have_text("3")
    page.locator(f"#alike [value='{third}']").uncheck()
    expect(page.locator("#alike-count")).to_have_text("2")
    page.keyboard.press("1")
    expect(page.locator("#toast")).to_contain_text("Decided 2 messages:")
    states = [item_of(floor, id) for id in (first, second, third)]
    assert states[:2] == [ReviewState.DECIDED] * 2
    assert states[2] is not ReviewState.DECIDED
    assert item_of(floor, other) is not ReviewState.DECIDED
    page.keyboard.press("u")
    expect(page.locator("#toast")).to_contain_text("2 of your verdicts are taken back.")
    assert {item_of(floor, id) for id in (first, second)} == {ReviewState.OPEN}


def test_what_makes_it_unsure_is_marked_in_the_message(floor: LivingFloor, browser_page: Page, address: str) -> None:
    [only] = floor.ask("card stolen or [PHONE] transfer wrong <img src=x onerror=alert(1)>")
    page = chosen(browser_page, address, only)
    expect(page.locator(f"#words-{only}")).to_contain_text("have together")
    expect(page.locator(f"#text-{only} mark.masked")).to_have_text("[PHONE]")
    expect(page.locator(f"#words-{only} mark.tells").first).to_be_visible()
    expect(page.locator(f"#text-{only} mark.tells").first).to_be_visible()
    expect(page.locator(f"#text-{only}")).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.locator(f"#customer-{only}")).to_contain_text("Nobody said who the customer is.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_new_pages_can_be_read_in_both_schemes(
    floor: LivingFloor, browser_page: Page, address: str, scheme: str, console_errors: list[str]
) -> None:
    first, second = floor.ask("stolen or lost kitten", "a loan for a boat")
    review.claim(floor.context, ReviewId(second), "local-admin")
    review.give_verdict(floor.context, ReviewId(second), None, "local-admin")
    proposals.propose(floor.context, proposals.Draft("Kittens", "About kittens", "mona", (ReviewId(first),)))
    browser_page.emulate_media(color_scheme=scheme)
    for path in ("/console/proposals", "/console/quality"):
        browser_page.goto(f"{address}{path}")
        assert browser_page.evaluate(CONTRASTS) == []
    expect(browser_page.locator("svg.chart")).to_have_count(3)
    page = chosen(browser_page, address, first)
    expect(page.locator(f"#words-{first}")).not_to_contain_text("Looking")
    page.keyboard.press("m")
    assert page.evaluate(CONTRASTS) == []
    assert console_errors == []


def test_two_managers_who_decide_the_same_duplicates_decide_each_once(tmp_path: Path, browser: Browser) -> None:
    floor = living_floor(tokens=write_tokens(tmp_path / "tokens.toml"))
    ids = floor.ask(*["my card was eaten by the machine here"] * 3)
    with serving(create_app(floor), free_port()) as address:
        mona, mick = (signed_in(browser, address, name) for name in ("mona", "mick"))
        for page, own in ((mona, ids[0]), (mick, ids[1])):
            page.locator(f"[data-open='{own}']").click()
            expect(page.locator(".standing")).to_contain_text("You hold it.")
            page.keyboard.press("b")
            expect(page.locator("#alike .candidate").first).to_be_visible()
        for page in (mona, mick):
            page.keyboard.press("1")
        expect(mona.locator("#toast")).to_contain_text("Decided")
        expect(mick.locator("#toast")).to_contain_text("Decided")
    verdicts = [item(floor, id).verdict for id in ids]
    assert [v.decided_by for v in verdicts if v][:2] == ["mona", "mick"]
    with floor.context.store.reading() as uow:
        assert len(uow.labels.all()) == 3


def test_a_group_of_new_messages_becomes_a_proposal_with_its_cases(
    floor: LivingFloor, browser_page: Page, address: str, console_errors: list[str]
) -> None:
    ids = floor.ask(
        "zebra crossing stickers purple velvet glitter wanted",
        "zebra crossing stickers purple velvet glitter please",
        "zebra crossing stickers purple velvet glitter <i>",
    )
    floor.ask("a loan for a boat")
    browser_page.goto(f"{address}/console/proposals")
    group = browser_page.locator("article.group").first
    expect(group).to_contain_text("3 messages")
    expect(group).to_contain_text("velvet glitter <i>")
    assert {"zebra", "crossing"} & set(group.locator("[name=name]").input_value().lower().split())
    group.locator("[name=name]").fill("Stickers")
    group.locator("[name=description]").fill("Wants stickers")
    group.get_by_role("button", name="Propose").click()
    expect(browser_page.locator("main")).to_contain_text("by local-admin")
    [view] = proposals.listed(floor.context, ProposalState.OPEN)
    assert {case.id for case, _ in view.cases} == set(ids)
    expect(browser_page.locator("main")).to_contain_text("No group of three or more.")
    assert console_errors == []
