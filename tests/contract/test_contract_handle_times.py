"""Contract: the log of handled work is what happened; without individual performance nobody's pace is kept."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest
from builders import NOON, FrozenClock, make_context, make_conversation, make_message
from doubles import ScriptedMatcher
from seeds import committed, read

from routing.domain.conversation import ConversationId, ConversationState
from routing.domain.cop import CopId, Presence
from routing.domain.offer import Assignment
from routing.domain.outcome import NOBODY, Disposition, HandleTimeStatistics, HandleTimeTally, WrapUp
from routing.domain.policy import Policy
from routing.ports import Store
from routing.services import matching, offers, presence, wrap_up
from routing.services.context import Context
from routing.services.handle_time_log import handled_work
from routing.services.handle_times import forget_individuals
from routing.services.known_times import LONGEST, KnownTimes

ADA = CopId("ada")


@pytest.fixture
def context(store: Store, clock: FrozenClock) -> Context:
    made = make_context(store, clock=clock)
    presence.set_presence(made, presence.PresenceChange(ADA, Presence.AVAILABLE, "test"))
    return made


def without_individuals(context: Context) -> Context:
    return replace(context, policy=Policy(individual_performance=False))


def begin(context: Context, id: str) -> Assignment:
    """Ada works on a conversation of three words from now on."""
    waiting = make_conversation(
        id,
        state=ConversationState.WAITING,
        issue_type="card_late",
        candidates=(("card_late", 1.0),),
        language="en",
        received_at=context.clock.now(),
    )
    message = make_message(f"m-{id}", id, text="where is it", at=context.clock.now())
    committed(context.store, lambda uow: uow.conversations.add(waiting))
    committed(context.store, lambda uow: uow.conversations.add_message(message))
    matching.tick(context, ScriptedMatcher(plan=lambda _: [(id, "ada")]), "main", "one")
    return offers.accept(context, read(context.store, lambda uow: uow.offers.pending_for(ConversationId(id))).id)


def finish(context: Context, assignment: Assignment, seconds: float) -> None:
    wrap_up.wrap_up(context, assignment.id, WrapUp(Disposition.RESOLVED, seconds), ADA)


def test_finished_work_is_logged_as_it_was_reported_with_what_was_known_at_its_start(context, clock):
    assignment = begin(context, "c-1")
    clock.advance(200)
    finish(context, assignment, 61.0)
    [row] = handled_work(context)
    assert (row.conversation_id, row.issue_type, row.cop_id) == ("c-1", "card_late", "ada")
    assert (row.channel, row.language, row.words, row.repeat, row.concurrency) == ("chat", "en", 3, False, 1)
    assert (row.opened_at, row.working_seconds, row.finished, row.stated_seconds) == (NOON, 61.0, True, 240.0)


def test_open_work_is_logged_with_the_share_of_time_it_may_have_had_and_never_open_to_close(context, clock):
    first = begin(context, "c-1")
    clock.advance(100)
    finish(context, first, 50.0)
    begin(context, "c-2")
    clock.advance(60)
    begin(context, "c-3")
    clock.advance(40)
    _, two, three = handled_work(context)
    assert not two.finished and not three.finished
    # Alone for a minute, then half of 40 s; half of such time is reported as work, as the first conversation shows.
    assert two.working_seconds == pytest.approx(0.5 * (60 + 20))
    assert three.working_seconds == pytest.approx(0.5 * 20)
    assert (two.concurrency, three.concurrency) == (1, 2)


def test_work_that_was_handed_on_is_not_logged_for_nobody_reported_it(context, clock):
    assignment = begin(context, "c-1")
    clock.advance(30)
    wrap_up.transfer(context, assignment.id, "not mine", by=ADA)
    assert handled_work(context) == []


def test_with_individual_performance_off_a_wrap_up_teaches_of_the_issue_type_alone(context, clock):
    silent = without_individuals(context)
    finish(silent, begin(silent, "c-1"), 61.0)
    [row] = read(context.store, lambda uow: uow.handle_times.all())
    assert (row.issue_type, row.cop_id, row.count) == ("card_late", NOBODY, 1)
    assert [work.cop_id for work in handled_work(silent)] == [None]


def test_switching_individual_performance_off_merges_what_was_learned_and_leaves_nobody(context):
    values = {"ada": (60.0, 90.0), "ben": (200.0,), NOBODY: (120.0, 30.0)}
    for cop_id, seconds in values.items():
        row = HandleTimeStatistics("card_late", cop_id)
        for each in seconds:
            row = row.observe(math.log(each))
        committed(context.store, lambda uow, kept=row: uow.handle_times.save(kept))
    assert forget_individuals(context) == 0
    assert forget_individuals(without_individuals(context)) == 2

    [left] = read(context.store, lambda uow: uow.handle_times.all())
    logs = [math.log(each) for seconds in values.values() for each in seconds]
    mean = sum(logs) / 5
    assert (left.cop_id, left.count) == (NOBODY, 5)
    assert left.mean_log_seconds == pytest.approx(mean)
    assert left.variance == pytest.approx(sum((each - mean) ** 2 for each in logs) / 4)
    assert forget_individuals(without_individuals(context)) == 0


def test_the_log_is_in_the_order_in_which_work_began(context, clock):
    slow = begin(context, "c-1")
    clock.at += timedelta(seconds=5)
    quick = begin(context, "c-2")
    clock.advance(10)
    finish(context, quick, 5.0)
    finish(context, slow, 9.0)
    assert [row.conversation_id for row in handled_work(context)] == ["c-1", "c-2"]


def test_work_that_was_left_open_for_days_is_not_logged(context, clock):
    begin(context, "c-1")
    clock.advance(3 * 86_400)
    assert handled_work(context) == []


def learn(store: Store, cop_id: str, count: int) -> None:
    committed(store, lambda uow: uow.handle_times.save(HandleTimeStatistics("card_late", cop_id, count, 5.0, 0.1)))


def test_what_is_known_of_handle_times_is_read_anew_once_much_was_learned_or_some_time_went_by(store: Store):
    known = KnownTimes()
    assert read(store, lambda uow: (known.read(uow, NOON), uow.handle_times.tally())) == ((), HandleTimeTally(0, 0))
    learn(store, "ada", 1)
    assert [row.count for row in read(store, lambda uow: known.read(uow, NOON))] == [1]

    learn(store, "ada", 1_000)
    at_first = read(store, lambda uow: known.read(uow, NOON))
    learn(store, "ben", 10)
    assert read(store, lambda uow: known.read(uow, NOON)) is at_first
    learn(store, "ben", 11)
    assert len(read(store, lambda uow: known.read(uow, NOON))) == 2

    learn(store, "ben", 12)
    assert [row.count for row in read(store, lambda uow: known.read(uow, NOON))] == [1_000, 11]
    assert [row.count for row in read(store, lambda uow: known.read(uow, NOON + LONGEST))] == [1_000, 12]


def test_individuals_that_are_forgotten_are_in_no_later_tick(context):
    learn(context.store, "ada", 700)
    learn(context.store, "ben", 300)
    read(context.store, lambda uow: context.known_times.read(uow, NOON))
    forget_individuals(without_individuals(context))
    [row] = read(context.store, lambda uow: context.known_times.read(uow, NOON))
    assert (row.cop_id, row.count) == (NOBODY, 1_000)
