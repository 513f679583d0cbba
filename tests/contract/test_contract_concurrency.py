"""Contract: of many who want the same thing at the same moment, exactly one gets it, and nothing is lost."""

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from builders import make_assignment, make_context, make_conversation, make_cop, make_event, make_offer
from doubles import ScriptedMatcher
from seeds import committed, put_conversations, put_cops, put_offer, read

from routing.adapters.system import SortableIds, SystemClock
from routing.domain.conversation import ConversationId, ConversationState
from routing.domain.cop import Channel, CopId, Presence
from routing.domain.errors import AlreadyAssigned, CapacityExceeded, IllegalTransition, StaleState
from routing.domain.outcome import Disposition, WrapUp
from routing.ports import Store
from routing.services import intake, matching, offers, presence, wrap_up
from routing.services.context import Context

C1, ADA = ConversationId("c-1"), CopId("ada")
RACERS = 8


def race(*steps: Callable[[], Any]) -> list[Any]:
    """Start all steps at once; returns what each returned or raised."""
    gate = threading.Barrier(len(steps))
    results: list[Any] = [None] * len(steps)

    def run(place: int) -> None:
        gate.wait()
        try:
            results[place] = steps[place]()
        except Exception as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(steps))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def winners(results: list[Any], *refusals: type[Exception]) -> list[Any]:
    """Those who were not refused; any other error fails the test."""
    won = [result for result in results if not isinstance(result, refusals)]
    for result in won:
        if isinstance(result, Exception):
            raise result
    return won


@pytest.fixture
def context(store: Store) -> Context:
    return make_context(store, clock=SystemClock(), ids=SortableIds(SystemClock()))


def test_of_eight_offers_for_one_conversation_one_is_made(store: Store) -> None:
    put_conversations(store)

    def offer(number: int) -> Callable[[], Any]:
        made = make_offer(f"o-{number}", cop_id=f"cop-{number}")
        return lambda: committed(store, lambda uow: uow.offers.add(made))

    results = race(*(offer(number) for number in range(RACERS)))

    assert len(winners(results, AlreadyAssigned)) == 1
    assert read(store, lambda uow: uow.offers.count_pending()) == 1


def test_of_eight_acceptances_of_one_offer_one_counts(context: Context) -> None:
    store = context.store
    put_conversations(store, make_conversation(state=ConversationState.OFFERED))
    clock = context.clock
    offer = make_offer(made_at=clock.now(), ttl_seconds=600)
    committed(store, lambda uow: (uow.offers.add(offer), uow.cops.reserve(ADA, Channel.CHAT)))

    results = race(*([lambda: offers.accept(context, offer.id, ADA)] * RACERS))

    [assignment] = winners(results, IllegalTransition, AlreadyAssigned, StaleState)
    assert read(store, lambda uow: uow.assignments.active()) == [assignment]
    assert read(store, lambda uow: uow.cops.status(ADA).total_load) == 1


def test_of_eight_reservations_of_the_last_slot_one_holds(store: Store) -> None:
    put_cops(store, make_cop(capacity={Channel.CHAT: 3}))
    for _ in range(2):
        committed(store, lambda uow: uow.cops.reserve(ADA, Channel.CHAT))

    reserve = [lambda: committed(store, lambda uow: uow.cops.reserve(ADA, Channel.CHAT))] * RACERS

    assert len(winners(race(*reserve), CapacityExceeded)) == 1
    assert read(store, lambda uow: uow.cops.status(ADA).total_load) == 3


def test_of_eight_saves_of_one_version_one_is_kept(store: Store) -> None:
    put_conversations(store)
    old = read(store, lambda uow: uow.conversations.get(C1))

    results = race(*([lambda: committed(store, lambda uow: uow.conversations.save(old.hold_for_review()))] * RACERS))

    assert len(winners(results, StaleState)) == 1
    assert read(store, lambda uow: uow.conversations.get(C1).version) == 1


def test_of_eight_deliveries_of_one_event_one_is_taken_in(context: Context) -> None:
    message = intake.IncomingMessage("e-1", "kafka", "card_lost", "uk", conversation_id="c-1")

    receipts = winners(race(*([lambda: intake.receive(context, message)] * RACERS)))

    assert sorted(receipt.duplicate for receipt in receipts) == [False] + [True] * (RACERS - 1)
    assert len(read(context.store, lambda uow: uow.conversations.messages_of([C1]))[C1]) == 1


def test_eight_first_messages_of_one_conversation_are_all_kept(context: Context) -> None:
    def send(number: int) -> Callable[[], Any]:
        message = intake.IncomingMessage(f"e-{number}", "kafka", f"part {number}", "uk", conversation_id="c-1")
        return lambda: intake.receive(context, message)

    winners(race(*(send(number) for number in range(4))))

    texts = {m.text for m in read(context.store, lambda uow: uow.conversations.messages_of([C1]))[C1]}
    assert texts == {f"part {number}" for number in range(4)}


def test_of_eight_processes_one_leads(context: Context) -> None:
    lead = [lambda holder=f"p-{n}": matching.lead(context, "main", holder) for n in range(RACERS)]

    leaders = [leader for leader in winners(race(*lead)) if leader is not None]

    assert len(leaders) == 1


def test_handle_times_of_wrap_ups_at_the_same_moment_all_count(context: Context) -> None:
    store = context.store
    put_cops(store, make_cop(capacity={Channel.CHAT: 4}))
    for number in range(4):
        state = ConversationState.ASSIGNED
        put_conversations(store, make_conversation(f"c-{number}", state=state, issue_type="card_late"))
        put_offer(store, id=f"o-{number}", conversation_id=f"c-{number}")
    for number in range(4):
        offer = read(store, lambda uow, n=number: uow.offers.get(make_offer(f"o-{n}").id))
        made = make_assignment(f"a-{number}", f"c-{number}", offer_id=f"o-{number}")
        committed(store, lambda uow, o=offer: uow.offers.save(o.accept(o.made_at)))
        committed(store, lambda uow, a=made: (uow.assignments.add(a), uow.cops.reserve(ADA, Channel.CHAT)))
    outcome = WrapUp(Disposition.RESOLVED, 60.0)

    ids = [assignment.id for assignment in read(store, lambda uow: uow.assignments.active())]
    wrap = [lambda id=id: wrap_up.wrap_up(context, id, outcome) for id in ids]
    winners(race(*wrap))

    assert read(store, lambda uow: uow.handle_times.get("card_late", "ada")).count == 4
    assert read(store, lambda uow: uow.cops.status(ADA).total_load) == 0


def test_whoever_follows_the_history_misses_nothing_of_what_others_write_meanwhile(store: Store) -> None:
    seen: list[int] = []
    finished = threading.Event()

    def follow() -> None:
        last = 0
        while True:
            done = finished.is_set()
            news = read(store, lambda uow, after=last: uow.events.after(after, 1_000))
            seen.extend(event.seq for event in news)
            last = seen[-1] if seen else 0
            if done and not news:
                return

    def write(number: int) -> Callable[[], Any]:
        fact = make_event(cop_id=f"cop-{number}")
        return lambda: [committed(store, lambda uow: uow.events.append(fact)) for _ in range(15)]

    follower = threading.Thread(target=follow)
    follower.start()
    results = race(*(write(number) for number in range(RACERS)))
    finished.set()
    follower.join()

    winners(results)
    assert len(seen) == RACERS * 15
    assert seen == [event.seq for event in read(store, lambda uow: uow.events.after(0, 1_000))]


def test_offers_given_back_and_accepted_at_the_same_moment_leave_no_slot_behind(context: Context) -> None:
    store = context.store
    for number in range(2):
        state, types = ConversationState.WAITING, (("card_late", 1.0),)
        put_conversations(store, make_conversation(f"c-{number}", state=state, candidates=types, language="en"))
    presence.set_presence(context, presence.PresenceChange(ADA, Presence.AVAILABLE, "ada"))
    matching.tick(context, ScriptedMatcher(), "main", "one")
    held = read(store, lambda uow: uow.offers.pending_for_cop(ADA))
    assert len(held) == 2

    leave = [lambda: presence.set_presence(context, presence.PresenceChange(ADA, Presence.OFFLINE, "ada"))]
    accept = [lambda id=offer.id: offers.accept(context, id, ADA) for offer in held]
    winners(race(*leave, *accept), IllegalTransition, StaleState)

    active = read(store, lambda uow: uow.assignments.active())
    assert read(store, lambda uow: uow.cops.status(ADA).total_load) == len(active)
    assert read(store, lambda uow: uow.offers.count_pending()) == 0
    states = read(store, lambda uow: uow.conversations.count_by_state())
    assert states.get(ConversationState.ASSIGNED, 0) == len(active)
    assert states.get(ConversationState.WAITING, 0) == 2 - len(active)


class IdsOfTheOffer:
    """Ids of a tick; when it asks for the first offer's, something else happens at the same moment."""

    def __init__(self, meanwhile: Callable[[], Any]) -> None:
        self._ids, self._made = SortableIds(SystemClock()), 0
        self.beside = threading.Thread(target=meanwhile)

    def new(self) -> str:
        self._made += 1
        if self._made == 2:  # the first is the tick's own
            self.beside.start()
            self.beside.join(0.5)
        return self._ids.new()


def test_a_cop_who_leaves_while_an_offer_is_written_holds_none(context: Context) -> None:
    store = context.store
    candidates = (("card_late", 1.0),)
    put_conversations(store, make_conversation(state=ConversationState.WAITING, candidates=candidates, language="en"))
    presence.set_presence(context, presence.PresenceChange(ADA, Presence.AVAILABLE, "ada"))
    ids = IdsOfTheOffer(lambda: presence.set_presence(context, presence.PresenceChange(ADA, Presence.AWAY, "ada")))

    matching.tick(replace(context, ids=ids), ScriptedMatcher(), "main", "one")
    ids.beside.join()

    assert read(store, lambda uow: uow.offers.count_pending()) == 0
    assert read(store, lambda uow: uow.cops.status(ADA).total_load) == 0
    assert read(store, lambda uow: uow.conversations.get(C1)).state is ConversationState.WAITING


def test_a_message_is_taken_in_though_its_conversation_is_offered_at_that_moment(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = context.store
    candidates = (("card_late", 1.0),)
    put_conversations(store, make_conversation(state=ConversationState.WAITING, candidates=candidates, language="en"))
    presence.set_presence(context, presence.PresenceChange(ADA, Presence.AVAILABLE, "ada"))
    beside = threading.Thread(target=lambda: matching.tick(context, ScriptedMatcher(), "main", "one"))
    superseded = intake.supersede

    def supersede(*given: Any) -> None:
        if beside.ident is None:
            beside.start()
            beside.join(0.5)
        superseded(*given)

    monkeypatch.setattr(intake, "supersede", supersede)
    intake.receive(context, intake.IncomingMessage("e-2", "shop", "and another thing", "uk", conversation_id=C1))
    beside.join()

    assert [message.text for message in read(store, lambda uow: uow.conversations.messages_of([C1])[C1])][-1:] == [
        "and another thing"
    ]
