"""A manager looks at one conversation in a real browser, tries out why, and sends it another way."""

from e2e.living_floor import LivingFloor
from e2e.served import CONTRASTS, opened
from playwright.sync_api import Page, expect

from routing.domain.conversation import ConversationId, ConversationState
from routing.services import reporting


def offered(floor: LivingFloor) -> str:
    floor.come_in()
    id = floor.arrive("My card payment was declined at the shop")
    for _ in range(6):
        floor.arrive("I want to raise the limit of my credit card")
    floor.understand()
    floor.match()
    assert state(floor, id) is ConversationState.OFFERED
    return id


def state(floor: LivingFloor, id: str) -> ConversationState:
    return reporting.conversation(floor.context, ConversationId(id)).conversation.state


def chosen(page: Page, address: str, id: str) -> Page:
    opened(page, address)
    page.locator(f"[data-conversation='{id}']").click()
    expect(page.locator(f"[data-account='{id}']")).to_be_visible()
    return page


def test_what_would_have_changed_it_is_tried_out_on_the_tick_s_record(
    floor: LivingFloor, browser_page: Page, address: str, console_errors: list[str]
) -> None:
    page = chosen(browser_page, address, offered(floor))
    page.get_by_role("button", name="What would have changed it?").click()
    expect(page.locator(".tried")).to_contain_text("Tried out by solving that tick again from its record.")
    expect(page.locator(".tried li").first).to_be_visible()
    expect(page.locator("#account")).to_contain_text("Models, people and policies that decided it")
    assert page.evaluate(CONTRASTS) == []
    assert console_errors == []


def test_a_conversation_is_sent_another_way_with_the_keyboard(
    floor: LivingFloor, browser_page: Page, address: str, console_errors: list[str]
) -> None:
    id = offered(floor)
    page = chosen(browser_page, address, id)
    summary = page.locator("summary", has_text="Another issue type")
    summary.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Card lost")
    page.keyboard.press("Tab")
    page.keyboard.type("they said <i>lost</i> on the phone")
    page.keyboard.press("Enter")
    expect(page.locator("#account [role=status]")).to_have_text("It goes by that issue type from now on.")
    expect(page.locator("#account")).to_contain_text("they said <i>lost</i> on the phone")
    found = reporting.conversation(floor.context, ConversationId(id)).conversation
    assert found.issue_type == "card_lost_or_stolen"
    assert found.state is ConversationState.WAITING
    assert console_errors == []
