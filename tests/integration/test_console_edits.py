"""Editing from the console and over REST: checked, tried out on recorded rounds, applied, compared, taken back."""

import re
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from console_visits import sign_in
from e2e.living_floor import LivingFloor, living_floor
from edited_floor import ROOT, form_of, served, tried, wish, worked
from fastapi.testclient import TestClient
from rest_door import LOCAL, Door, bearer, write_tokens

from api.app import create_app
from api.editors import books_of
from routing.adapters.edited_rules import EditedRules
from routing.adapters.pack import PackFolder
from routing.adapters.pack.starter_copy import write_starter
from routing.adapters.policy_file import PolicyFile
from routing.bootstrap import build, upkeep
from routing.domain.cop import Channel, CopId
from routing.domain.edit import EditSubject
from routing.domain.events import EventKind
from routing.services import editing
from routing.services.editing import EditWish
from routing.settings import Settings

MARKET = """
[[market]]
key = "isle"
name = "Isle of Man"
languages = ["en"]
time_zone = "Europe/Isle_of_Man"
matching_group = "uk"
opening = { days = ["mon"], start = "08:00", end = "20:00" }
"""


@pytest.fixture(scope="module")
def packs() -> PackFolder:
    return PackFolder()


@pytest.fixture
def policies() -> PolicyFile:
    return PolicyFile()


@pytest.fixture
def floor(packs: PackFolder, policies: PolicyFile) -> LivingFloor:
    found = living_floor()
    found.books = EditedRules(packs, policies)
    return found


@pytest.fixture
def client(floor: LivingFloor) -> TestClient:
    return TestClient(create_app(floor), base_url=LOCAL, raise_server_exceptions=False)


def test_whoever_was_offered_everything_and_leaves_changes_what_recorded_rounds_would_do(floor: LivingFloor) -> None:
    worked(floor)
    cop = served(floor)
    found = tried(floor, EditSubject.ROSTER, {cop: {"removed": True}})
    assert (found.recorded, found.solved, found.unread) == (1, 1, 0)
    assert cop in {each.before for each in found.moved.values()}
    assert cop not in {each.after for each in found.moved.values()}
    assert 1 <= len(found.moved) <= len(found.waited) == 3


def test_a_room_for_nobody_is_as_if_they_had_left(floor: LivingFloor) -> None:
    worked(floor)
    none = {"capacity": {"chat": 0, "email": 1, "social": 0, "callback": 0}}
    found = tried(floor, EditSubject.ROSTER, {served(floor): none})
    assert found.moved and all(each.before != each.after for each in found.moved.values())


def test_a_name_steers_nothing_and_a_target_may(floor: LivingFloor) -> None:
    worked(floor)
    with floor.context.store.reading() as uow:
        key = uow.conversations.get(uow.offers.pending()[0].conversation_id).issue_type
    named = tried(floor, EditSubject.TAXONOMY, {key: {"name": "Lost!"}})
    assert not named.steers and not named.moved and len(named.waited) == 3
    target = tried(floor, EditSubject.TAXONOMY, {key: {"service_target": {"share": 0.8, "seconds": 9.0}}})
    assert target.steers and target.solved == 1


def test_a_policy_that_serves_no_one_moves_everybody(floor: LivingFloor) -> None:
    worked(floor)
    found = tried(floor, EditSubject.POLICY, {"matching": {"min_proficiency": 1.0, "min_covered_probability": 1.0}})
    assert found.steers and found.solved == 1
    assert all(each.after != each.before for each in found.moved.values())


def test_an_edit_of_the_roster_is_served_by_a_process_that_follows_and_survives_a_change_of_the_files(
    floor: LivingFloor, tmp_path: Path
) -> None:
    write_starter(tmp_path / "ours")
    packs, policies = PackFolder(tmp_path / "ours"), PolicyFile()
    books = EditedRules(packs, policies)
    first, second = list(packs.current().roster)[:2]
    change = {first: {"team": "Elsewhere"}, second: {"skills": {"cards": 0.5}}}
    editing.apply(floor.context, books, wish(floor, EditSubject.ROSTER, change), ROOT)
    assert editing.follow(floor.context, books) and packs.current().roster[first].team == "Elsewhere"
    assert packs.current().version != PackFolder(tmp_path / "ours").current().version
    path = tmp_path / "ours" / "floor.toml"
    path.write_text(path.read_text().replace(f'id = "{second}"', 'id = "somebody-else"'))
    assert packs.reload_if_changed()
    assert packs.current().roster[first].team == "Elsewhere"
    assert packs.current().roster["somebody-else"].skills != {"cards": 0.5}
    assert second in books.health and books.health.startswith("ok; edits left aside")


def test_edits_that_no_longer_fit_leave_the_files_to_serve_alone(floor: LivingFloor, tmp_path: Path) -> None:
    write_starter(tmp_path / "ours")
    path = tmp_path / "ours" / "floor.toml"
    written = path.read_text()
    path.write_text(written + MARKET)
    packs = PackFolder(tmp_path / "ours")
    books = EditedRules(packs, PolicyFile())
    change = {"amara-okafor": {"markets": ["gb", "isle"], "team": "Elsewhere"}}
    editing.apply(floor.context, books, wish(floor, EditSubject.ROSTER, change), ROOT)
    assert editing.follow(floor.context, books) and books.health == "ok"
    path.write_text(written)
    assert packs.reload_if_changed()
    assert packs.current().roster[CopId("amara-okafor")].team != "Elsewhere"
    assert books.health == "ok; the edits have 1 errors over the pack's files, which serve without them"


def test_a_running_process_takes_an_edit_over_and_a_restart_keeps_it(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    service = build(settings)
    new = {**service.books.base(EditSubject.ROSTER)["amara-okafor"], "added": True}
    editing.apply(service.context, service.books, EditWish(EditSubject.ROSTER, 0, "hired", {"zoe": new}), ROOT)
    assert "zoe" not in service.packs.current().roster
    running = upkeep(service)
    running.start()
    while not running.begun():
        sleep(0.05)
    running.stop()
    assert "zoe" in service.packs.current().roster
    with service.store.reading() as uow:
        assert uow.cops.status(CopId("zoe")).capacity[Channel.CHAT] == 3
        [newest] = uow.events.newest_of([EventKind.PACK_CHANGED], 1)
    assert newest.data["version"] == service.packs.current().version
    service.store.close()
    again = build(settings)
    assert "zoe" in again.packs.current().roster
    again.store.close()


def test_a_weight_is_tried_out_applied_compared_and_taken_back(
    client: TestClient, floor: LivingFloor, policies: PolicyFile
) -> None:
    worked(floor)
    form = {"matching.price_weight": "3", "matching.load_weight_seconds": "60", "seen": "0", "reason": "<b>why</b>"}
    shown = client.post("/console/edits/policy", data=form).text
    assert "1 of the 1 rounds" in shown and "&lt;b&gt;why" in shown and "load weight" not in shown
    applied = client.post("/console/edits/policy/apply", data=form_of(shown))
    assert "Applied" in applied.text and "Version 1" in applied.text and 'value="3"' in applied.text
    editing.follow(floor.context, books_of(floor))
    assert policies.current.matching.price_weight == 3
    back = client.post("/console/edits/policy", data={"seen": "1", "roll_back_to": "0", "reason": "no better"}).text
    assert "Back to the files alone" in back
    client.post("/console/edits/policy/apply", data=form_of(back))
    editing.follow(floor.context, books_of(floor))
    assert policies.current.version == PolicyFile().current.version
    history = client.get("/console/edits/policy/history?old=0&new=1").text
    assert "Version 2" in history and "From version 0 to 1" in history and "2.4" in history


def test_a_wrong_value_names_place_value_and_what_is_allowed_and_changes_nothing(client: TestClient) -> None:
    for value in ("900", "soon", "nan"):
        form = {"matching.time_limit_seconds": value, "seen": "0", "reason": "quicker"}
        reply = client.post("/console/edits/policy", data=form)
        assert reply.status_code == 422
        assert "matching.time_limit_seconds is" in reply.text and "0.001 to 60" in reply.text
    assert "Nothing is edited" in client.get("/console/edits/policy").text


def test_of_two_editors_the_second_is_told_and_overwrites_nothing(client: TestClient) -> None:
    first = {"matching.price_weight": "3", "seen": "0", "reason": "first"}
    shown = client.post("/console/edits/policy", data=first).text
    second = client.post("/console/edits/policy", data=first | {"matching.price_weight": "5"}).text
    client.post("/console/edits/policy/apply", data=form_of(shown))
    refused = client.post("/console/edits/policy/apply", data=form_of(second))
    assert refused.status_code == 409 and "edited the policy meanwhile" in refused.text
    assert 'value="3"' in refused.text and 'value="5"' not in refused.text


def cop_form(client: TestClient, entry: str) -> dict[str, str]:
    html = client.get(f"/console/edits/roster/one?entry={entry}").text.split("leave-title")[0]
    found = re.findall(r'name="(\w+)"[^>]*?value="([^"]*)"', html)
    return {name: value for name, value in found if name not in ("added", "seen")} | {"seen": "0", "reason": "training"}


def test_a_cop_is_edited_added_and_taken_off(client: TestClient, floor: LivingFloor) -> None:
    form = cop_form(client, "amara-okafor") | {"team": "Savings", "skills": "cards 0.5, payments 0.6"}
    shown = client.post("/console/edits/roster", data=form).text
    assert "Savings" in shown and "capacity" not in shown
    client.post("/console/edits/roster/apply", data=form_of(shown))
    new = cop_form(client, "amara-okafor") | {"entry": "zoe-new", "added": "yes", "name": "Zoe", "seen": "1"}
    client.post("/console/edits/roster/apply", data=form_of(client.post("/console/edits/roster", data=new).text))
    listed = client.get("/console/edits/roster?q=savings").text
    assert "zoe-new" in listed and "amara-okafor" in listed
    taken = client.post("/console/edits/roster", data=new | {"seen": "2"})
    assert taken.status_code == 422 and "an id that nobody has" in taken.text
    leave = {"entry": "zoe-new", "removed": "yes", "seen": "2", "reason": "changed her mind"}
    client.post("/console/edits/roster/apply", data=form_of(client.post("/console/edits/roster", data=leave).text))
    assert "zoe-new" not in client.get("/console/edits/roster").text
    wrong = client.post(
        "/console/edits/roster", data=cop_form(client, "amara-okafor") | {"skills": "cards 7", "seen": "3"}
    )
    assert (
        wrong.status_code == 422 and "amara-okafor].skills.cards is 7" in wrong.text and 'value="cards 7"' in wrong.text
    )


def test_an_issue_type_is_edited(client: TestClient, floor: LivingFloor) -> None:
    html = client.get("/console/edits/taxonomy/one?entry=card_not_arrived").text
    assert "Priority" in html
    form = {"entry": "card_not_arrived", "name": "Lost <card>", "description": "The card is lost.", "family": "nowhere"}
    more = {"priority": "1", "share": "0.9", "seconds": "60", "seen": "0", "reason": "clearer"}
    refused = client.post("/console/edits/taxonomy", data=form | more)
    assert refused.status_code == 422 and "card_not_arrived.family is" in refused.text
    shown = client.post("/console/edits/taxonomy", data=form | more | {"family": "cards"}).text
    assert "Lost &lt;card&gt;" in shown and "understood from now on" in shown
    client.post("/console/edits/taxonomy/apply", data=form_of(shown))
    editing.follow(floor.context, books_of(floor))
    assert "Lost &lt;card&gt;" in client.get("/console/edits/taxonomy?q=lost").text


def rest_body(**more: Any) -> dict[str, Any]:
    return {"seen": 0, "reason": "cards are busy", "change": {"amara-okafor": {"team": "Savings"}}, **more}


@pytest.fixture
def guarded_floor(floor: LivingFloor, tmp_path: Path) -> Door:
    floor.settings = Settings(tokens_file=write_tokens(tmp_path / "tokens.toml"))
    app = create_app(floor)
    return Door(floor, app, TestClient(app, base_url=LOCAL, raise_server_exceptions=False))  # type: ignore[arg-type]


def test_managers_edit_the_roster_over_rest_and_admins_the_rest(guarded_floor: Door) -> None:
    client, mona, root = guarded_floor.client, bearer("mona"), bearer("root")
    seen = client.post("/v1/roster/edits/preview", json=rest_body(), headers=mona).json()
    assert (seen["changes"][0]["after"], seen["rounds_recorded"]) == ("Savings", 0)
    keyed = mona | {"Idempotency-Key": "k"}
    replies = [client.post("/v1/roster/edits", json=rest_body(), headers=keyed) for _ in range(2)]
    assert [(each.status_code, each.json()["number"], each.json()["by"]) for each in replies] == [(201, 1, "mona")] * 2
    again = client.post("/v1/roster/edits", json=rest_body(), headers=mona)
    assert (again.status_code, again.json()["type"]) == (409, "urn:pointsman:problem:edited_meanwhile")
    wrong = rest_body(seen=1, change={"amara-okafor": {"skills": {"cards": 9}, "markets": ["moon"]}})
    problem = client.post("/v1/roster/edits", json=wrong, headers=mona).json()
    assert len(problem["errors"]) == 2 and problem["errors"][0]["place"].startswith("floor.toml: cop[id=amara-okafor]")
    policy = {"seen": 0, "reason": "a trial", "change": {"matching": {"price_weight": 3}}}
    assert client.post("/v1/policy/edits", json=policy, headers=mona).status_code == 403
    assert client.post("/v1/policy/edits", json=policy, headers=root).status_code == 201
    shown = client.get("/v1/policy/edits", headers=mona).json()
    assert (shown["number"], shown["entries"]["matching"]["price_weight"]) == (1, 3)


def test_who_may_not_edit_may_look(guarded_floor: Door) -> None:
    mona = sign_in(guarded_floor, "mona")
    assert "an admin edits" in mona.get("/console/edits/policy").text
    form = {"matching.price_weight": "3", "seen": "0", "reason": "why not"}
    assert mona.post("/console/edits/policy", data=form).status_code == 403
    assert mona.get("/console/edits/roster/one").status_code == 200
    assert sign_in(guarded_floor, "ada").get("/console/edits/roster").status_code == 403
