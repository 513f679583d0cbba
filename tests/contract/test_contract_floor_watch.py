"""Contract: the floor by market and family, arrivals by hour, and what a temporary change would do."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from builders import NOON, FixedPacks, FrozenClock, make_context, make_conversation, make_cop, make_pack
from doubles import ScriptedClassifier
from seeds import put_conversations, read, told

from routing.adapters.rehearsal import Rehearsal
from routing.domain.conversation import ConversationState
from routing.domain.cop import CopId, Presence
from routing.domain.events import EventKind
from routing.domain.override import OverrideKind
from routing.ports import Store
from routing.ports.arrivals import Arrived
from routing.services import floor_watch, intake, overrides, presence, triage
from routing.services.context import Context
from routing.services.floor_watch import CellView
from routing.services.override_preview import MatchingPreview, PausePreview, preview
from routing.services.overrides import Wish


def floor(store: Store, *cops: Any) -> Context:
    context = make_context(store, packs=FixedPacks(make_pack(cops)), clock=FrozenClock())
    for cop in cops:
        presence.set_presence(context, presence.PresenceChange(cop.id, Presence.AVAILABLE, "test"))
    return context


def wait(context: Context, text: str, market: str = "uk") -> None:
    intake.receive(context, intake.IncomingMessage(text, "test", text, market))
    triage.triage_batch(context, ScriptedClassifier())


def cell(context: Context, market: str = "uk", family: str = "cards") -> CellView:
    [found] = [each for each in floor_watch.watch(context).cells if (each.market, each.family) == (market, family)]
    return found


def test_a_cell_tells_who_waits_how_long_and_who_is_late(store: Store) -> None:
    context = floor(store, make_cop("ada"))
    wait(context, "1 card_lost")
    clock = context.clock
    assert isinstance(clock, FrozenClock)
    clock.advance(301)
    wait(context, "2 card_lost")
    found = cell(context)
    assert (found.waiting, found.past_target, found.oldest_seconds, found.arrived) == (2, 1, 301.0, 2)
    assert found.least_slack_seconds == pytest.approx(-1.0)
    assert dict(found.able) == {"free": 1}
    assert found.acts


def test_who_will_be_late_is_predicted_from_those_who_can_help(store: Store) -> None:
    context = floor(store)
    for number in range(3):
        wait(context, f"{number} card_lost")
    nobody = cell(context)
    assert (nobody.past_target, nobody.predicted) == (0, 3)
    assert cell(floor_of_many(context)).predicted == 0


def floor_of_many(context: Context) -> Context:
    """The same floor with two COps at work who have two free chats each."""
    for cop_id in ("ada", "ben"):
        presence.set_presence(context, presence.PresenceChange(CopId(cop_id), Presence.AVAILABLE, "test"))
    return context


def test_a_moved_cop_counts_where_they_are(store: Store) -> None:
    context = floor(store, make_cop("ada", markets=frozenset({"ie"})))
    wait(context, "1 card_lost")
    assert dict(cell(context).able) == {}
    overrides.begin(context, Wish(OverrideKind.MOVE_COP, 60, "a storm", cop_id="ada", market="uk"), "mona")
    assert dict(cell(context).able) == {"free": 1}


def test_arrivals_are_counted_by_market_type_and_hour_of_the_day(store: Store) -> None:
    def at(hours: float, id: str, market: str = "uk") -> None:
        begun: datetime = NOON - timedelta(hours=hours)
        made = make_conversation(id, received_at=begun, market=market, issue_type="card_lost")
        put_conversations(store, made)

    at(0.1, "c-1")
    at(0.2, "c-2")
    at(3, "c-3")
    at(3, "c-4", "ie")
    at(30, "c-5")
    since = NOON - timedelta(hours=24)
    ours = [Arrived("uk", "card_lost", 9, 1), Arrived("uk", "card_lost", 11, 2)]
    assert read(store, lambda uow: uow.arrivals.since(since, frozenset({"uk"}))) == ours
    assert read(store, lambda uow: uow.arrivals.since(since)) == [Arrived("ie", "card_lost", 9, 1), *ours]


def test_a_preview_counts_who_would_be_matched_and_changes_nothing(store: Store) -> None:
    context = floor(store, make_cop("ada", markets=frozenset({"ie"})))
    wait(context, "1 card_lost")
    asked = overrides.wanted(context, Wish(OverrideKind.MOVE_COP, 60, "a storm", cop_id="ada", market="uk"), "mona")
    found = preview(context, Rehearsal(), asked)
    assert isinstance(found, MatchingPreview)
    assert (found.waiting, found.before, found.after) == (1, 0, 1)
    assert [(each.family, each.before, each.after) for each in found.families] == [("cards", 0, 1)]
    assert read(store, lambda uow: uow.overrides.newest(9)) == []
    assert told(store, EventKind.OFFER_MADE) == []


def test_a_preview_of_a_pause_counts_what_people_would_have_been_asked(store: Store) -> None:
    context = floor(store, make_cop("ada"))
    for text in ("1 card_lost", "2 card_lost", "unsure card_late"):
        wait(context, text)
    put_conversations(store, make_conversation("c-new", state=ConversationState.RECEIVED))
    asked = overrides.wanted(context, Wish(OverrideKind.PAUSE_AUTOMATION, 60, "odd answers"), "mona")
    assert preview(context, Rehearsal(), asked) == PausePreview(2, 1, 1, 1)
