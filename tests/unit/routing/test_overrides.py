"""What managers change for a while: what it does to the pack and to conversations, and what is refused."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from builders import NOON, make_conversation, make_cop, make_market, make_pack

from routing.domain.cop import CopId
from routing.domain.errors import IllegalTransition, Invalid
from routing.domain.overflow import Overflow, reach
from routing.domain.override import (
    USUAL_PROFICIENCY,
    Override,
    OverrideId,
    OverrideKind,
    applied,
    automation_paused,
    raised,
    require_sound,
)
from routing.domain.software import Software

HOUR = timedelta(hours=1)
PACK = make_pack()
BOT = Software({"card_late": 0.8}, 30.0, 60.0)


def make_override(kind: OverrideKind, id: str = "ov-1", **changes: Any) -> Override:
    made = Override(OverrideId(id), kind, "mona", "a storm", NOON, NOON + HOUR)
    return replace(made, **changes)


def move(**changes: Any) -> Override:
    return make_override(OverrideKind.MOVE_COP, **{"cop_id": CopId("ada"), **changes})


@pytest.mark.parametrize(("seconds", "holds"), [(-1, False), (0, True), (3_599, True), (3_600, False)])
def test_it_holds_from_its_start_to_its_end(seconds: float, holds: bool) -> None:
    assert move(skill="card_lost").in_force(NOON + timedelta(seconds=seconds)) is holds


def test_what_is_undone_holds_no_more_and_is_undone_once() -> None:
    undone = move(skill="card_lost").undo("mick", NOON)
    assert not undone.in_force(NOON)
    with pytest.raises(IllegalTransition):
        undone.undo("mick", NOON)


def test_a_moved_cop_serves_the_other_market_alone_and_works_on_the_skill_alone() -> None:
    moved = applied(PACK, [move(market="ie", skill="limit_raise")]).roster[CopId("ada")]
    assert (moved.markets, dict(moved.skills)) == (frozenset({"ie"}), {"limit_raise": 0.9})
    assert PACK.roster[CopId("ada")].markets == {"uk", "ie"}


def test_a_skill_that_the_pack_does_not_give_counts_as_said_or_as_usual() -> None:
    pack = make_pack([make_cop("ada", skills={"card_lost": 0.9})])
    for said, known in ((None, USUAL_PROFICIENCY), (0.4, 0.4)):
        moved = applied(pack, [move(skill="card_late", proficiency=said)]).roster[CopId("ada")]
        assert dict(moved.skills) == {"card_late": known}


def test_the_newer_move_of_a_cop_goes_over_the_older() -> None:
    older, newer = move(market="ie"), move(id="ov-2", market="uk", starts_at=NOON + timedelta(seconds=1))
    assert applied(PACK, [newer, older]).roster[CopId("ada")].markets == {"uk"}


def test_a_cop_who_left_the_roster_is_moved_nowhere() -> None:
    assert applied(PACK, [move(cop_id=CopId("gone"), market="ie")]) == PACK


def test_paused_agents_hold_nothing_and_people_go_on() -> None:
    pack = make_pack([make_cop("ada"), make_cop("bot", software=BOT)])
    rested = applied(pack, [make_override(OverrideKind.PAUSE_AGENTS)]).roster
    assert dict(rested[CopId("bot")].capacity) == {}
    assert rested[CopId("ada")] == pack.roster[CopId("ada")]


def test_agents_paused_in_one_market_go_on_in_their_others() -> None:
    agent = replace(PACK.roster[CopId("ada")], software=BOT, markets=frozenset({"uk", "ie"}))
    pack = replace(PACK, roster={**PACK.roster, agent.id: agent})
    rested = applied(pack, [make_override(OverrideKind.PAUSE_AGENTS, market="uk")]).roster
    assert (rested[agent.id].markets, rested[agent.id].capacity) == ({"ie"}, agent.capacity)


def test_an_opened_back_up_is_asked_at_once() -> None:
    patient = Overflow(backup_after_seconds=600)
    conversation = make_conversation()
    assert reach(patient, PACK.markets, conversation, NOON).markets == ("uk",)
    helped = applied(PACK, [make_override(OverrideKind.OPEN_BACKUP, market="uk", backup="ie")])
    assert reach(patient, helped.markets, conversation, NOON).markets == ("uk", "ie")


def test_other_back_ups_are_asked_in_their_time() -> None:
    markets = {m.key: m for m in (make_market("uk", backups=("ie", "fr")), make_market("ie"), make_market("fr"))}
    helped = applied(
        make_pack(markets=markets), [make_override(OverrideKind.OPEN_BACKUP, market="uk", backup="fr")]
    ).markets
    patient = Overflow(backup_after_seconds=600)
    assert reach(patient, helped, make_conversation(), NOON).markets == ("uk", "fr")
    later = NOON + timedelta(seconds=1_200)
    assert set(reach(patient, helped, make_conversation(), later).markets) == {"uk", "ie", "fr"}


@pytest.mark.parametrize(
    ("scope", "priority"),
    [({}, 1), ({"market": "uk"}, 1), ({"market": "ie"}, 3), ({"family": "cards"}, 1), ({"family": "limits"}, 3)],
)
def test_a_priority_is_raised_where_market_and_family_fit(scope: dict[str, str], priority: int) -> None:
    conversation = make_conversation(issue_type="card_late")
    given = make_override(OverrideKind.RAISE_PRIORITY, priority=1, **scope)
    assert raised(conversation, [given], PACK.taxonomy).priority == priority


def test_no_priority_is_ever_lowered() -> None:
    urgent = make_conversation(issue_type="card_late", priority=1)
    given = make_override(OverrideKind.RAISE_PRIORITY, priority=4)
    assert raised(urgent, [given], PACK.taxonomy) == urgent


@pytest.mark.parametrize(("scope", "market", "paused"), [(None, "uk", True), ("uk", "uk", True), ("uk", "ie", False)])
def test_automation_is_paused_in_one_market_or_in_all(scope: str | None, market: str, paused: bool) -> None:
    assert automation_paused([make_override(OverrideKind.PAUSE_AUTOMATION, market=scope)], market) is paused


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        (move(), "market"),
        (move(cop_id=CopId("nobody"), market="uk"), "cop_id"),
        (move(market="atlantis"), "market"),
        (move(skill="juggling"), "skill"),
        (move(skill="card_lost", proficiency=1.5), "proficiency"),
        (move(market="ie", reason="  "), "reason"),
        (move(market="ie", ends_at=NOON + 25 * HOUR), "ends_at"),
        (make_override(OverrideKind.RAISE_PRIORITY), "priority"),
        (make_override(OverrideKind.RAISE_PRIORITY, priority=1, family="cats"), "family"),
        (make_override(OverrideKind.OPEN_BACKUP, market="uk", backup="fr"), "backup"),
        (make_override(OverrideKind.OPEN_BACKUP, backup="ie"), "market"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.kind,
)
def test_what_cannot_be_is_refused_by_its_place(asked: Override, place: str) -> None:
    with pytest.raises(Invalid) as refused:
        require_sound(asked, PACK)
    assert refused.value.place == place
