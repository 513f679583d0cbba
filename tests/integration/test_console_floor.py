"""The floor's own page: its numbers and their rows, and what managers change for a while."""

import html as escaping
import re
from pathlib import Path
from typing import Any

import pytest
from builders import make_event, make_tick
from console_visits import page, sign_in
from rest_door import Door
from seeds import committed, read, told
from simulators import ScriptedSimulator

from api.console.floor_form import wish_of
from routing.adapters.system import SortableIds
from routing.adapters.what_if_files import WhatIfFiles
from routing.domain.events import EventKind
from routing.domain.override import OverrideKind
from routing.services import overrides
from routing.services.outlook import floors_now
from routing.services.overrides import Wish
from routing.services.what_if import WhatIfDesk

PAGE, ACT = "/console/floor/page", "/console/floor/act"
MOVE = {"kind": "move_cop", "cop_id": "ada", "market": "ie", "minutes": "30", "reason": "a storm"}


def late(door: Door) -> None:
    """One who waits past the target, and nobody at work."""
    door.begin("gone card_lost")
    door.understand()
    door.clock.advance(301)


def post(door: Door, path: str, form: dict[str, str]) -> Any:
    return door.client.post(path, data=form, follow_redirects=False)


def test_who_is_late_is_red_with_the_action_beside_it(door: Door) -> None:
    late(door)
    [row] = re.findall(r'<tr class="red">.*?</tr>', page(door, PAGE), re.S)
    assert "Cards" in row and "−0:01" in row
    assert f'href="{ACT}?market=uk&amp;family=cards"' in row


def test_a_calm_floor_is_not_red(door: Door) -> None:
    door.available("ada")
    html = page(door, PAGE)
    assert "Nobody waits, and nobody came in the last hour." in html
    assert 'class="red"' not in html


def test_every_number_leads_to_rows_that_open(door: Door) -> None:
    door.offered("ada")
    door.client.post(f"/v1/offers/{door.offered('ben')['id']}/decline", json={"reason": "busy"})
    tick = make_tick("tick-9", at=door.clock.now(), fallback_reason="solver_late")
    committed(door.context.store, lambda uow: uow.ticks.add(tick))
    fallen = make_event(EventKind.MATCHING_FELL_BACK, conversation_id=None, data={"reason": "solver_late"})
    committed(door.context.store, lambda uow: uow.events.append(fallen))
    door.available("cleo")
    late(door)
    html = page(door, PAGE)
    places = {escaping.unescape(place) for place in re.findall(r'href="(/console/floor/rows[^"]*)"', html)}
    asked = {place.split("what=")[1].split("&")[0] for place in places}
    assert asked >= {"waiting", "late", "arrived", "cops", "made", "declined", "ticks", "fallbacks", "auto"}
    for place in sorted(places):
        assert "<td>" in page(door, place), place


def test_rows_of_a_number_that_does_not_exist_are_refused_in_words(door: Door) -> None:
    reply = door.client.get("/console/floor/rows?what=secrets")
    assert reply.status_code == 409
    assert "secrets" in reply.text


def test_a_change_is_shown_before_it_begins_and_nothing_is_stored(door: Door) -> None:
    late(door)
    reply = post(door, ACT, MOVE)
    assert reply.status_code == 200
    assert "Ada serves IE alone" in reply.text
    assert "Begin now" in reply.text
    assert overrides.newest(door.context) == []


def test_a_change_begins_is_listed_and_is_undone_with_one_press(door: Door) -> None:
    reply = post(door, "/console/floor/begin", MOVE)
    assert (reply.status_code, reply.headers["location"]) == (303, f"{PAGE}?said=begun")
    html = page(door, f"{PAGE}?said=begun")
    assert "In force from now on." in html
    assert "Ada serves IE alone" in html and "a storm" in html
    [id] = re.findall(r'name="id" value="([^"]+)"', html)
    assert post(door, "/console/floor/undo", {"id": id}).status_code == 303
    assert "Ada serves IE alone" not in page(door, PAGE)
    assert "undone by local-admin" in page(door, "/console/floor/rows?what=changes")
    assert [each.actor for each in told(door.context.store, EventKind.OVERRIDE_UNDONE)] == ["local-admin"]


def test_a_pause_says_what_people_will_be_asked(door: Door) -> None:
    late(door)
    reply = post(door, ACT, {"kind": "pause_automation", "minutes": "30", "reason": "odd answers"})
    assert "<strong>1</strong> messages were decided automatically" in reply.text


@pytest.fixture
def ahead(door: Door, tmp_path: Path) -> ScriptedSimulator:
    """A door with a simulator, ada at work, and one who waits for somebody in each market."""
    simulator, clock = ScriptedSimulator(), door.context.clock
    door.app.state.what_if = WhatIfDesk(simulator, WhatIfFiles(tmp_path), clock, SortableIds(clock), "me", 600)
    door.available("ada")
    for market in ("uk", "ie"):
        door.begin(f"gone in {market} card_lost", market=market)
    door.understand()
    return simulator


def test_the_next_minutes_are_simulated_beside_the_preview(door: Door, ahead: ScriptedSimulator) -> None:
    assert 'hx-post="/console/floor/outlook"' in post(door, ACT, MOVE).text
    reply = post(door, "/console/floor/outlook", MOVE)
    assert reply.status_code == 200
    assert "Mean wait from now on" in reply.text and "Difference with its interval" in reply.text
    [(before, after)] = ahead.foreseen
    assert [worker.markets for worker in before.workers] == [("ie", "uk")]
    assert [worker.markets for worker in after.workers] == [("ie",)]
    assert [each.market for each in before.waiting] == ["uk", "ie"] and before.per_second == 2 / 3600
    assert before.told == ("ie", "uk")
    assert overrides.newest(door.context) == []


def test_each_change_is_simulated_as_it_would_hold(door: Door, ahead: ScriptedSimulator) -> None:
    post(door, "/console/floor/outlook", {**MOVE, "kind": "raise_priority", "priority": "1", "market": "uk"})
    post(door, "/console/floor/outlook", {**MOVE, "kind": "pause_automation", "market": "uk"})
    post(door, "/console/floor/outlook", {**MOVE, "kind": "open_backup", "market": "uk", "backup": "ie"})
    (raised_from, raised), (_, paused), (_, opened) = ahead.foreseen
    assert [each.priority for each in raised.waiting] == [1, raised_from.waiting[1].priority]
    assert sorted((each.market, each.asked) for each in paused.arriving) == [("ie", False), ("uk", True)]
    assert [worker.markets for worker in opened.workers] == [("ie", "uk")]


def test_whoever_has_one_market_is_told_figures_of_it_alone(door: Door) -> None:
    asked = overrides.wanted(door.context, wish_of(MOVE), "mona", frozenset({"uk", "ie"}))
    assert floors_now(door.context, asked, frozenset({"uk"}))[0].told == ("uk",)


def test_a_simulation_that_takes_too_long_says_so(door: Door, ahead: ScriptedSimulator) -> None:
    ahead.late = True
    reply = post(door, "/console/floor/outlook", MOVE)
    assert reply.status_code == 200
    assert "could not be simulated" in reply.text and "takes longer than 12 seconds" in reply.text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({**MOVE, "reason": ""}, "reason is"),
        ({**MOVE, "cop_id": "nobody"}, "nobody"),
        ({**MOVE, "minutes": "soon"}, "a number"),
        ({**MOVE, "minutes": "9999"}, "1 to 1440"),
        ({**MOVE, "kind": "fire_everybody"}, "fire_everybody"),
        ({**MOVE, "kind": "raise_priority", "priority": "nan"}, "priority"),
        ({}, "kind"),
    ],
)
def test_what_cannot_be_is_said_above_the_form(door: Door, form: dict[str, str], words: str) -> None:
    for path in (ACT, "/console/floor/begin"):
        reply = post(door, path, form)
        assert reply.status_code == 422
        assert words in reply.text
    assert overrides.newest(door.context) == []


def test_hostile_reasons_stay_words(door: Door) -> None:
    post(door, "/console/floor/begin", {**MOVE, "reason": "<script>alert(1)</script>"})
    for path in (PAGE, "/console/floor/rows?what=changes"):
        assert "&lt;script&gt;alert(1)" in page(door, path)
        assert "<script>alert" not in page(door, path)


def test_a_manager_changes_what_a_cop_may_not(guarded: Door) -> None:
    assert sign_in(guarded, "ada").post("/console/floor/begin", data=MOVE).status_code == 403
    reply = sign_in(guarded, "mona").post("/console/floor/begin", data=MOVE, follow_redirects=False)
    assert reply.status_code == 303
    [kept] = read(guarded.context.store, lambda uow: uow.overrides.newest(9))
    assert kept.by == "mona"


def test_a_page_of_another_site_changes_nothing(door: Door) -> None:
    reply = door.client.post("/console/floor/begin", data=MOVE, headers={"Origin": "http://evil.example"})
    assert reply.status_code == 403
    assert overrides.newest(door.context) == []


def test_the_page_has_no_inline_script_or_style(door: Door) -> None:
    late(door)
    overrides.begin(door.context, Wish(OverrideKind.PAUSE_AUTOMATION, 30, "odd"), "mona")
    for path in (PAGE, ACT, f"{ACT}?market=uk&family=cards", "/console/floor/rows"):
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page(door, path))
