"""Contract: temporary changes are kept, honoured by triage and matching at once, undone, and told in the history."""

from datetime import timedelta
from typing import Any

import pytest
from builders import NOON, FixedPacks, FrozenClock, make_context, make_cop, make_pack
from doubles import ScriptedClassifier, ScriptedMatcher
from seeds import committed, read, told

from routing.domain.conversation import ConversationId, ConversationState
from routing.domain.cop import Presence
from routing.domain.errors import IllegalTransition, Invalid, NotFound, StaleState
from routing.domain.events import EventKind
from routing.domain.override import AUTOMATION_PAUSED, OverrideKind
from routing.ports import Store
from routing.services import intake, matching, overrides, presence, triage
from routing.services.context import Context
from routing.services.overrides import Wish

HERE = frozenset({"uk"})


def wish(kind: OverrideKind, **changes: Any) -> Wish:
    return Wish(kind, **{"minutes": 60, "reason": "a storm", **changes})


PAUSE = wish(OverrideKind.PAUSE_AUTOMATION)


def sure(context: Context, text: str = "gone card_lost", market: str = "uk") -> str:
    id = intake.receive(context, intake.IncomingMessage(text, "test", text, market)).conversation_id
    triage.triage_batch(context, ScriptedClassifier())
    return id


def state_of(store: Store, id: str) -> ConversationState:
    return read(store, lambda uow: uow.conversations.get(ConversationId(id))).state


def test_a_pause_sends_everything_to_people_until_it_is_undone(store: Store) -> None:
    context = make_context(store)
    pause = overrides.begin(context, PAUSE, "mona")
    held = sure(context)
    assert state_of(store, held) is ConversationState.IN_REVIEW
    [item] = read(store, lambda uow: uow.reviews.undecided_for(ConversationId(held)))
    assert AUTOMATION_PAUSED in item.reasons
    overrides.undo(context, pause.id, "mick")
    assert state_of(store, sure(context, "another card_lost")) is ConversationState.WAITING


def test_a_pause_of_one_market_leaves_the_others_alone(store: Store) -> None:
    context = make_context(store)
    overrides.begin(context, wish(OverrideKind.PAUSE_AUTOMATION, market="ie"), "mona")
    assert state_of(store, sure(context)) is ConversationState.WAITING
    assert state_of(store, sure(context, "there card_lost", "ie")) is ConversationState.IN_REVIEW


def test_no_pause_holds_up_what_may_be_fraud(store: Store) -> None:
    context = make_context(store)
    overrides.begin(context, PAUSE, "mona")
    assert state_of(store, sure(context, "help fraud_seen")) is ConversationState.WAITING


def test_an_override_ends_by_itself(store: Store) -> None:
    clock = FrozenClock()
    context = make_context(store, clock=clock)
    overrides.begin(context, PAUSE, "mona")
    clock.advance(3_600)
    assert overrides.in_force(context) == []
    assert state_of(store, sure(context)) is ConversationState.WAITING


def test_a_moved_cop_is_offered_the_other_market_s_customers_and_no_longer_their_own(store: Store) -> None:
    cops = [make_cop("ada", markets=frozenset({"ie"})), make_cop("ben", markets=frozenset({"uk"}))]
    context = make_context(store, packs=FixedPacks(make_pack(cops)))
    for cop in cops:
        presence.set_presence(context, presence.PresenceChange(cop.id, Presence.AVAILABLE, "test"))
    move = overrides.begin(context, wish(OverrideKind.MOVE_COP, cop_id="ada", market="uk"), "mona")
    problem = matching.snapshot(context, "main")
    assert problem.cops == ()  # nobody waits, so nobody is read
    for number, market in enumerate(("uk", "uk", "uk", "ie")):
        sure(context, f"{number} card_lost", market)
    matching.tick(context, ScriptedMatcher(), "main", "test")
    offered = read(store, lambda uow: uow.offers.pending())
    markets = read(store, lambda uow: uow.conversations.get_many([each.conversation_id for each in offered]))
    assert {(each.cop_id, markets[each.conversation_id].market) for each in offered} == {("ada", "uk"), ("ben", "uk")}
    overrides.undo(context, move.id, "mona")
    assert matching.snapshot(context, "main").cops[0][0].markets == {"ie"}


def test_a_raised_priority_reaches_the_matcher_and_is_not_stored(store: Store) -> None:
    context = make_context(store)
    sure(context)
    overrides.begin(context, wish(OverrideKind.RAISE_PRIORITY, family="cards", priority=1), "mona")
    [asked] = matching.snapshot(context, "main").conversations
    assert asked.priority == 1
    assert read(store, lambda uow: uow.conversations.get(asked.id)).priority == 2


def test_an_opened_back_up_reaches_the_matcher(store: Store) -> None:
    context = make_context(store)
    sure(context)
    overrides.begin(context, wish(OverrideKind.OPEN_BACKUP, market="uk", backup="ie"), "mona")
    assert matching.snapshot(context, "main").markets["uk"].opened == {"ie"}


def test_it_is_told_who_began_and_undid_what_and_why(store: Store) -> None:
    context = make_context(store)
    begun = overrides.begin(context, wish(OverrideKind.MOVE_COP, cop_id="ada", skill="card_lost"), "mona")
    overrides.undo(context, begun.id, "mick")
    [started], [undone] = told(store, EventKind.OVERRIDE_STARTED), told(store, EventKind.OVERRIDE_UNDONE)
    assert (started.actor, started.cop_id, started.data["reason"]) == ("mona", "ada", "a storm")
    assert (undone.actor, undone.data["override_id"]) == ("mick", begun.id)
    with pytest.raises(IllegalTransition):
        overrides.undo(context, begun.id, "mick")


def test_who_has_one_market_changes_nothing_outside_it(store: Store) -> None:
    cops = [make_cop("ada", markets=frozenset({"uk"})), make_cop("ivo", markets=frozenset({"ie"}))]
    context = make_context(store, packs=FixedPacks(make_pack(cops)))
    for asked in (
        PAUSE,
        wish(OverrideKind.PAUSE_AUTOMATION, market="ie"),
        wish(OverrideKind.MOVE_COP, cop_id="ivo", market="uk"),
        wish(OverrideKind.MOVE_COP, cop_id="ada", market="ie"),
        wish(OverrideKind.RAISE_PRIORITY, priority=1),
        wish(OverrideKind.OPEN_BACKUP, market="uk", backup="ie"),
    ):
        with pytest.raises(Invalid):
            overrides.begin(context, asked, "mona", HERE)
    theirs = overrides.begin(context, wish(OverrideKind.PAUSE_AUTOMATION, market="uk"), "mona", HERE)
    whole = overrides.begin(context, PAUSE, "root")
    assert overrides.in_force(context, HERE) == [theirs]
    with pytest.raises(NotFound):
        overrides.undo(context, whole.id, "mona", HERE)


def test_two_who_undo_at_once_do_so_once(store: Store) -> None:
    context = make_context(store)
    begun = overrides.begin(context, PAUSE, "mona")
    committed(store, lambda uow: uow.overrides.save(begun.undo("mick", NOON)))
    with pytest.raises(StaleState):
        committed(store, lambda uow: uow.overrides.save(begun.undo("mona", NOON)))


def test_everything_about_an_override_is_kept(store: Store) -> None:
    context = make_context(store)
    kept = overrides.begin(
        context, wish(OverrideKind.MOVE_COP, cop_id="ada", market="ie", skill="card_lost", proficiency=0.5), "mona"
    )
    assert read(store, lambda uow: uow.overrides.get(kept.id)) == kept
    assert overrides.newest(context) == [kept]


def test_a_sign_in_is_found_until_it_is_removed_or_over(store: Store) -> None:
    until = NOON + timedelta(hours=1)
    committed(store, lambda uow: [uow.sign_ins.add(digest, "{}", until) for digest in ("a", "b")])
    assert read(store, lambda uow: uow.sign_ins.find("a")) == ("{}", until)
    committed(store, lambda uow: uow.sign_ins.remove("a"))
    assert read(store, lambda uow: uow.sign_ins.find("a")) is None
    assert committed(store, lambda uow: uow.sign_ins.forget_before(until)) == 1
    assert read(store, lambda uow: uow.sign_ins.find("b")) is None
