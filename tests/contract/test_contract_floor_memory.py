"""Contract: a floor that is remembered between looks shows what one that is read anew shows, market by market."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from builders import FixedPacks, FrozenClock, make_context, make_cop, make_pack
from doubles import ScriptedClassifier
from seeds import committed

from routing.domain.conversation import ConversationId
from routing.domain.cop import CopId, Presence
from routing.domain.market import Markets
from routing.domain.review import ReviewState
from routing.ports import Store
from routing.services import floor_memory, floor_views, floor_watch, intake, presence, review, review_views, triage
from routing.services.context import Context
from routing.services.floor_memory import FORGET_SECONDS, PASSING, FloorMemory

EVERY: tuple[Markets, ...] = (None, frozenset({"uk"}), frozenset({"ie"}))
WAITS: dict[str, ConversationId] = {}


def floor(store: Store) -> Context:
    cops = (make_cop("ada", markets=frozenset({"uk"})), make_cop("ivo", markets=frozenset({"ie"})))
    return make_context(store, packs=FixedPacks(make_pack(cops)), clock=FrozenClock())


def write(context: Context, text: str, market: str) -> None:
    WAITS[text] = intake.receive(context, intake.IncomingMessage(text, "test", text, market)).conversation_id


def understand(context: Context) -> None:
    triage.triage_batch(context, ScriptedClassifier())


def decide(context: Context) -> None:
    [view] = review_views.review_queue(context, (ReviewState.OPEN,))
    review.give_verdict(context, view.item.id, "card_late", "mona")


def come(context: Context, cop: str, wanted: Presence = Presence.AVAILABLE) -> None:
    presence.set_presence(context, presence.PresenceChange(CopId(cop), wanted, "test"))


def same(context: Context, memory: FloorMemory) -> None:
    for within in EVERY:
        assert shown(floor_views.floor(context, within, memory)) == shown(floor_views.floor(context, within))
        assert floor_watch.watch(context, within, memory) == floor_watch.watch(context, within)


def shown(found: floor_views.FloorView) -> floor_views.FloorView:
    """Without the counts that no page shows: they may be some seconds old."""
    return replace(found, last_hour={kind: n for kind, n in found.last_hour.items() if kind not in PASSING})


def waiting(context: Context, memory: FloorMemory, within: Markets = None) -> int:
    return sum(row.waiting for row in floor_views.floor(context, within, memory).families)


def test_step_by_step_a_remembered_floor_is_the_floor_for_whoever_looks(store: Store) -> None:
    context, memory = floor(store), FloorMemory()
    clock = context.clock
    assert isinstance(clock, FrozenClock)
    steps: list[Callable[[], object]] = [
        lambda: write(context, "1 card_lost", "uk"),
        lambda: write(context, "2 card_lost", "ie"),
        lambda: understand(context),
        lambda: come(context, "ada"),
        lambda: come(context, "ivo"),
        lambda: clock.advance(301),
        lambda: write(context, "3 unsure", "uk"),
        lambda: understand(context),
        lambda: decide(context),
        lambda: intake.abandon(context, WAITS["2 card_lost"], "left", "test"),
        lambda: come(context, "ivo", Presence.AWAY),
    ]
    for step in steps:
        step()
        same(context, memory)
    assert [waiting(context, memory, within) for within in EVERY] == [2, 2, 0]
    assert [view.cop.id for view in floor_views.floor(context, frozenset({"ie"}), memory).cops] == ["ivo"]


def test_more_news_than_are_taken_in_one_by_one_are_not_missed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floor_memory, "MOST_NEWS", 2)
    context, memory = floor(store), FloorMemory()
    assert waiting(context, memory) == 0
    for number in range(3):
        write(context, f"{number} card_lost", "uk")
    same(context, memory)
    assert waiting(context, memory) == 3


def test_what_changed_without_an_event_is_seen_after_a_while(store: Store) -> None:
    context, now = floor(store), [0.0]
    memory = FloorMemory(lambda: now[0])
    write(context, "1 card_lost", "uk")
    assert waiting(context, memory) == 1

    def hurry(uow: floor_memory.UnitOfWork) -> None:
        uow.conversations.save(uow.conversations.get(WAITS["1 card_lost"]).abandoned(context.clock.now()))

    committed(store, hurry)
    now[0] = FORGET_SECONDS
    assert waiting(context, memory) == 0
