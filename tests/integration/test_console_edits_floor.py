"""Markets and software agents are edited from the console and over REST, tried out on recorded rounds."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from builders import FixedPacks
from e2e.living_floor import LivingFloor, living_floor
from edited_floor import LOST, ROOT, form_of, served, tried, wish, worked
from fastapi.testclient import TestClient
from rest_door import LOCAL

from api.app import create_app
from api.editors import books_of
from routing.adapters.edited_rules import EditedRules
from routing.adapters.pack import PackFolder
from routing.adapters.pack.starter_copy import write_starter
from routing.adapters.policy_file import PolicyFile
from routing.domain.cop import CopId
from routing.domain.edit import EditSubject
from routing.domain.overflow import OutsideHours, Overflow
from routing.domain.pack import Pack
from routing.services import editing
from routing.services.editing import EditWish

BOT = {
    "added": True,
    "name": "Robin",
    "markets": ["gb"],
    "languages": ["en"],
    "capacity": {"chat": 20, "email": 0, "social": 0, "callback": 0},
    "handle_time_seconds": 30,
    "failure_cost_seconds": 10,
    "least_certainty": 0.9,
}
CLOSED = {"opening": {"days": ["sat"], "start": "03:00", "end": "03:01"}}


@pytest.fixture
def packs() -> PackFolder:
    return PackFolder()


@pytest.fixture
def floor(packs: PackFolder) -> LivingFloor:
    found = living_floor()
    found.books = EditedRules(packs, PolicyFile())
    return found


@pytest.fixture
def client(floor: LivingFloor) -> TestClient:
    return TestClient(create_app(floor), base_url=LOCAL, raise_server_exceptions=False)


def go_by(floor: LivingFloor, pack: Pack) -> None:
    assert isinstance(floor.context.packs, FixedPacks)
    floor.context.packs.pack = pack


def edit(floor: LivingFloor, packs: PackFolder, subject: EditSubject, change: Any) -> Pack:
    """An edit that is applied and that the floor goes by."""
    editing.apply(floor.context, books_of(floor), wish(floor, subject, change), ROOT)
    assert editing.follow(floor.context, books_of(floor))
    go_by(floor, packs.current())
    with floor.context.store.transaction() as uow:
        uow.cops.sync(packs.current().roster.values())
        uow.commit()
    return packs.current()


def waiting(floor: LivingFloor) -> str:
    """The issue type of what was offered."""
    with floor.context.store.reading() as uow:
        return str(uow.conversations.get(uow.offers.pending()[0].conversation_id).issue_type)


def test_a_market_that_would_be_closed_lets_its_customers_wait(floor: LivingFloor) -> None:
    go_by(floor, replace(floor.pack, overflow=Overflow(outside_hours=OutsideHours.WAIT)))
    worked(floor)
    found = tried(floor, EditSubject.MARKETS, {"gb": CLOSED})
    assert (found.steers, found.solved, len(found.waited)) == (True, 1, 3)
    assert found.moved and all(each.before and each.after is None for each in found.moved.values())
    assert (found.arrivals.came, found.arrivals.closed, found.arrivals.opened) == (3, 3, 0)


def test_opening_hours_that_hold_nobody_back_move_nobody(floor: LivingFloor) -> None:
    worked(floor)
    found = tried(floor, EditSubject.MARKETS, {"gb": CLOSED})
    assert not found.steers and not found.moved and found.arrivals.closed == 3


def test_another_market_s_hours_concern_none_of_this_one_s(floor: LivingFloor) -> None:
    go_by(floor, replace(floor.pack, overflow=Overflow(outside_hours=OutsideHours.WAIT)))
    worked(floor)
    found = tried(floor, EditSubject.MARKETS, {"ie": CLOSED})
    assert not found.moved and found.arrivals.came == 0


def test_a_back_up_market_that_opens_at_once_asks_its_people(floor: LivingFloor, packs: PackFolder) -> None:
    moved = edit(floor, packs, EditSubject.ROSTER, {"amara-okafor": {"markets": ["ie"]}})
    go_by(floor, replace(moved, overflow=Overflow(backup_after_seconds=0)))
    floor.come_in()
    for _ in range(40):
        floor.arrive(LOST)
    floor.understand()
    floor.match()
    found = tried(floor, EditSubject.MARKETS, {"gb": {"backups": ["ie"]}})
    assert found.steers and found.solved == 1
    assert "amara-okafor" in {each.after for each in found.moved.values()}
    assert "amara-okafor" not in {each.before for each in found.moved.values()}


def test_a_language_that_goes_counts_whom_it_leaves(floor: LivingFloor) -> None:
    worked(floor)
    found = tried(floor, EditSubject.MARKETS, {"gb": {"languages": ["cy"]}})
    assert (found.arrivals.came, found.arrivals.unspoken, found.steers) == (3, 3, False)


def test_software_that_may_attempt_no_more_is_offered_nothing(floor: LivingFloor, packs: PackFolder) -> None:
    worked(floor)
    key = waiting(floor)
    edit(floor, packs, EditSubject.AGENTS, {"robin": {**BOT, "success": {key: 1.0}}})
    floor.come_in()
    for _ in range(3):
        floor.arrive(LOST)
    floor.understand()
    floor.match()
    with floor.context.store.reading() as uow:
        assert uow.offers.pending_for_cop(CopId("robin")), "it was offered nothing in the first place"
    found = tried(floor, EditSubject.AGENTS, {"robin": {"success": {"atm_fee": 1.0}}})
    assert "robin" in {each.before for each in found.moved.values()}
    assert "robin" not in {each.after for each in found.moved.values()}
    gone = tried(floor, EditSubject.AGENTS, {"robin": {"removed": True}})
    assert "robin" not in {each.after for each in gone.moved.values()} and gone.moved
    taught = tried(floor, EditSubject.AGENTS, {"robin": {"capacity": {**BOT["capacity"], "chat": 21}}})
    assert not taught.moved


def test_software_that_may_attempt_more_is_offered_it(floor: LivingFloor, packs: PackFolder) -> None:
    worked(floor)
    key = waiting(floor)
    edit(floor, packs, EditSubject.AGENTS, {"robin": {**BOT, "success": {"atm_fee": 1.0}}})
    floor.come_in()
    for _ in range(3):
        floor.arrive(LOST)
    floor.understand()
    floor.match()
    found = tried(floor, EditSubject.AGENTS, {"robin": {"success": {key: 1.0}}})
    assert "robin" in {each.after for each in found.moved.values()}
    assert "robin" not in {each.before for each in found.moved.values()}


def market_form(client: TestClient, **more: str) -> dict[str, str]:
    html = client.get("/console/edits/markets/one?entry=gb").text
    found = dict(re.findall(r'name="(\w+)"[^>]*?value="([^"]*)"', html))
    days = re.search(r'name="holidays"[^>]*>([^<]*)<', html)
    assert days is not None
    return found | {"holidays": days[1], "reason": "Christmas"} | more


def test_a_holiday_is_tried_out_applied_compared_and_taken_back(
    client: TestClient, floor: LivingFloor, packs: PackFolder
) -> None:
    worked(floor)
    assert "United Kingdom" in client.get("/console/edits/markets").text
    unchanged = client.post("/console/edits/markets", data=market_form(client))
    assert unchanged.status_code == 422 and "a value other than the one in force" in unchanged.text
    shown = client.post("/console/edits/markets", data=market_form(client, holidays="2026-12-25, 2026-12-26")).text
    assert "2026-12-25" in shown and "hold nobody back" in shown and "3 conversations came" in shown
    assert "opening" not in shown.split("preview-title")[1].split("</table>")[0]
    client.post("/console/edits/markets/apply", data=form_of(shown))
    editing.follow(floor.context, books_of(floor))
    assert [str(day) for day in sorted(packs.current().markets["gb"].holidays)] == ["2026-12-25", "2026-12-26"]
    assert 'class="edited"' in client.get("/console/edits/markets").text
    back = client.post("/console/edits/markets", data={"seen": "1", "roll_back_to": "0", "reason": "no"}).text
    client.post("/console/edits/markets/apply", data=form_of(back))
    editing.follow(floor.context, books_of(floor))
    assert not packs.current().markets["gb"].holidays
    assert "2026-12-26" in client.get("/console/edits/markets/history?old=0&new=1").text


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("languages", "en, xx", "languages[1] is &#34;xx&#34;; allowed: a language as its two-letter"),
        ("end", "25:00", "opening.end is &#34;25:00&#34;; allowed: a local time"),
        ("days", "monday", "opening.days[0] is &#34;monday&#34;; allowed: weekdays, each once"),
        ("time_zone", "Europe/Lndon", "did you mean Europe/London?"),
        ("holidays", "2026-02-30", "holidays[0] is &#34;2026-02-30&#34;; allowed: dates that exist"),
        ("backups", "moon", "backups[0] is &#34;moon&#34;; allowed: another market of its matching group: ie"),
    ],
)
def test_a_wrong_value_of_a_market_names_place_value_and_what_is_allowed(
    client: TestClient, field: str, value: str, told: str
) -> None:
    refused = client.post("/console/edits/markets", data=market_form(client, **{field: value}))
    assert refused.status_code == 422 and f"market[key=gb].{told}" in refused.text.replace(
        "time_zone is &#34;Europe/Lndon&#34;; allowed: an IANA time zone, such as Europe/London; ", ""
    )
    assert value in refused.text.split("</ul>")[1]


def test_software_joins_changes_and_leaves(client: TestClient, packs: PackFolder, floor: LivingFloor) -> None:
    assert "0 software agents" in client.get("/console/edits/agents").text
    form = {"entry": "robin", "added": "yes", "name": "Robin <b>", "markets": "gb", "languages": "en"}
    form |= {"success": "card_not_arrived 0.8", "chat": "20", "email": "0", "social": "0", "callback": "0"}
    form |= {"handle_time_seconds": "30", "failure_cost_seconds": "20", "least_certainty": "0.9"}
    form |= {"seen": "0", "reason": "it is ready"}
    wrong = client.post("/console/edits/agents", data=form | {"success": "nothing 0.8", "chat": "2000"})
    assert wrong.status_code == 422
    assert "success is &#34;nothing&#34;; allowed: an issue type of the pack" in wrong.text
    assert "capacity.chat is 2000; allowed: a whole number from 0 to 1000" in wrong.text
    taken = client.post("/console/edits/agents", data=form | {"entry": "amara-okafor"})
    assert taken.status_code == 422 and "used once" in taken.text
    shown = client.post("/console/edits/agents", data=form).text
    assert "Robin &lt;b&gt;" in shown
    client.post("/console/edits/agents/apply", data=form_of(shown))
    editing.follow(floor.context, books_of(floor))
    assert packs.current().software == {"robin"}
    assert "card_not_arrived 0.8" in client.get("/console/edits/agents/one?entry=robin").text
    leave = {"entry": "robin", "removed": "yes", "seen": "1", "reason": "it failed"}
    client.post("/console/edits/agents/apply", data=form_of(client.post("/console/edits/agents", data=leave).text))
    editing.follow(floor.context, books_of(floor))
    assert not packs.current().software


def test_a_channel_that_the_file_leaves_out_is_no_change(floor: LivingFloor, tmp_path: Path) -> None:
    write_starter(tmp_path / "ours")
    path = tmp_path / "ours" / "floor.toml"
    path.write_text(path.read_text().replace("chat = 3, email = 4, social = 2, callback = 1", "chat = 3"))
    books = EditedRules(PackFolder(tmp_path / "ours"), PolicyFile())
    zeros = {"chat": 3, "email": 0, "social": 0, "callback": 0}
    asked = EditWish(EditSubject.ROSTER, 0, "married", {"amara-okafor": {"name": "Amara Obi", "capacity": zeros}})
    assert [each.field for each in editing.wanted(floor.context, books, asked, ROOT).changes] == ["name"]


def test_what_is_not_there_is_told_on_a_page_that_leads_on(client: TestClient) -> None:
    reply = client.get("/console/edits/agents/one?entry=<b>gone")
    assert reply.status_code == 404 and "is called &lt;b&gt;gone" in reply.text
    assert 'href="/console/edits/agents"' in reply.text and "<html" in reply.text


def test_markets_do_not_join_and_are_edited_over_rest(client: TestClient) -> None:
    seen = client.get("/v1/markets/edits").json()
    assert seen["entries"]["gb"]["holidays"] == [] and seen["number"] == 0
    body = {"seen": 0, "reason": "a new market", "change": {"isle": {"added": True}}}
    refused = client.post("/v1/markets/edits", json=body)
    assert refused.status_code == 422 and "only COps and software join and leave" in refused.text
    body["change"] = {"gb": CLOSED}
    told = client.post("/v1/markets/edits/preview", json=body).json()
    assert (told["market_conversations"], told["changes"][0]["entry"]) == (0, "gb")
    assert client.post("/v1/markets/edits", json=body).status_code == 201


def test_who_was_offered_a_conversation_still_holds_it(floor: LivingFloor, packs: PackFolder) -> None:
    worked(floor)
    cop = served(floor)
    edit(floor, packs, EditSubject.MARKETS, {"gb": CLOSED})
    assert served(floor) == cop and packs.current().markets["gb"].opening.end_minute == 181
