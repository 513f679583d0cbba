"""Whatever people, clocks and plans do in whatever order: nobody is lost, held twice, or given to a full COp."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from builders import FixedPacks, FrozenClock, make_context, make_cop, make_pack
from doubles import ScriptedClassifier, ScriptedMatcher
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from routing.adapters.memory import MemoryStore
from routing.domain.conversation import ENDED, Conversation, ConversationId, ConversationState
from routing.domain.cop import Channel, CopId, Presence
from routing.domain.errors import RoutingError
from routing.domain.events import Event, topic_of
from routing.domain.offer import Assignment, AssignmentState, Offer, OfferState
from routing.domain.outcome import Disposition, WrapUp
from routing.domain.policy import Policy
from routing.domain.review import ReviewItem, ReviewState
from routing.services import intake, matching, offers, presence, review, triage, wrap_up

T = TypeVar("T")
COPS = ("ada", "ben", "cleo")
MANAGERS = ("mona", "max")
HOLDING = (ReviewState.OPEN, ReviewState.CLAIMED)
POLICY = Policy(most_excluded=2)

picks = st.integers(0, 30)
words = st.sampled_from(("card_lost", "card_late", "fraud_seen", "unsure card_lost", "unsure limit_raise", "hm"))
types = st.sampled_from(("card_lost", "card_late", "limit_raise", None))
cop_ids = st.sampled_from((*COPS, "ghost"))
channels = st.sampled_from((Channel.CHAT, Channel.EMAIL))


class FloorMachine(RuleBasedStateMachine):
    """Drives every use case at random over the store in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.store, self.clock = MemoryStore(), FrozenClock()
        self.roster(capacity=2)
        packs = FixedPacks(self.pack)
        self.context = make_context(self.store, clock=self.clock, policy=POLICY, packs=packs)
        self.classifier = ScriptedClassifier()
        self.began: dict[str, Any] = {}
        self.messages: Counter[str] = Counter()
        self.sent: list[intake.IncomingMessage] = []
        self.history: list[Event] = []
        self.loads: dict[tuple[str, Channel], int] = {}
        for cop_id in COPS:
            self.set_presence(cop_id, Presence.AVAILABLE)

    def roster(self, capacity: int) -> None:
        held = {Channel.CHAT: capacity, Channel.EMAIL: 1}
        cops = [make_cop(id, capacity=held, markets=frozenset({"uk", "ie"})) for id in COPS]
        self.pack = make_pack(cops)

    # What there is.

    @property
    def conversations(self) -> list[Conversation]:
        return list(self.store.committed.conversations)

    def any_in(self, state: ConversationState) -> bool:
        return any(conversation.state is state for conversation in self.conversations)

    def live_offers(self) -> list[Offer]:
        return [offer for offer in self.store.committed.offers if offer.state is OfferState.PENDING]

    def live_assignments(self) -> list[Assignment]:
        return [a for a in self.store.committed.assignments if a.state is AssignmentState.ACTIVE]

    def reviews(self) -> list[ReviewItem]:
        return list(self.store.committed.reviews)

    @staticmethod
    def attempt(step: Callable[..., object], *given: object) -> bool:
        """Try something that the rules may refuse; any other error fails the test."""
        try:
            step(*given)
        except RoutingError:
            return False
        return True

    @staticmethod
    def pick(things: Sequence[T], number: int) -> list[T]:
        return [things[number % len(things)]] if things else []

    def set_presence(self, cop_id: str, said: Presence) -> None:
        presence.set_presence(self.context, presence.PresenceChange(CopId(cop_id), said, cop_id))

    # What customers do.

    @initialize(texts=st.lists(words, min_size=2, max_size=5))
    def the_day_begins_with_messages(self, texts: list[str]) -> None:
        for text in texts:
            self.a_customer_writes(text, Channel.CHAT, "uk")
        self.triage_runs()

    def send(self, id: str, text: str, channel: Channel, market: str) -> None:
        number = len(self.sent)
        message = intake.IncomingMessage(f"e-{number}", "test", text, market, channel, id, f"cust-{id}")
        known = self.store.committed.conversations.get(id)
        receipt = intake.receive(self.context, message)
        assert not receipt.duplicate
        self.sent.append(message)
        self.messages[id] += 1
        if known is None or known.state in ENDED:
            self.began[id] = self.clock.now()

    @rule(text=words, channel=channels, market=st.sampled_from(("uk", "ie")))
    def a_customer_writes(self, text: str, channel: Channel, market: str) -> None:
        self.send(f"c-{len(self.began)}", text, channel, market)

    @rule(number=picks, text=words)
    @precondition(lambda self: self.conversations)
    def a_customer_writes_again(self, number: int, text: str) -> None:
        for conversation in self.pick(self.conversations, number):
            self.send(conversation.id, text, conversation.channel, conversation.market)

    @rule(number=picks)
    @precondition(lambda self: self.sent)
    def a_message_is_delivered_again(self, number: int) -> None:
        for message in self.pick(self.sent, number):
            before = self.store.committed
            assert intake.receive(self.context, message).duplicate
            assert self.store.committed is before

    @rule(number=picks)
    @precondition(lambda self: self.conversations)
    def a_customer_leaves(self, number: int) -> None:
        for conversation in self.pick(self.conversations, number):
            event_id = f"left-{len(self.history)}"
            self.attempt(intake.abandon, self.context, conversation.id, event_id, "test")

    # What the service does.

    @rule()
    @precondition(lambda self: self.any_in(ConversationState.RECEIVED))
    def triage_runs(self) -> None:
        triage.triage_batch(self.context, self.classifier)

    @rule(number=picks, text=words)
    @precondition(lambda self: self.any_in(ConversationState.RECEIVED))
    def a_message_comes_while_triage_runs(self, number: int, text: str) -> None:
        meanwhile = ScriptedClassifier(meanwhile=lambda: self.a_customer_writes_again(number, text))
        triage.triage_batch(self.context, meanwhile)

    @rule()
    @precondition(lambda self: self.any_in(ConversationState.WAITING))
    def a_tick_matches(self) -> None:
        matching.tick(self.context, ScriptedMatcher(), "main", "one")

    @rule(pairs=st.lists(st.tuples(picks, cop_ids), max_size=6))
    @precondition(lambda self: self.any_in(ConversationState.WAITING))
    def a_tick_has_any_plan(self, pairs: list[tuple[int, str]]) -> None:
        plan = [(f"c-{number}", cop_id) for number, cop_id in pairs]
        matching.tick(self.context, ScriptedMatcher(plan=lambda _: plan), "main", "one")

    @rule(number=picks, text=words, cop_id=st.sampled_from(COPS))
    @precondition(lambda self: self.any_in(ConversationState.WAITING))
    def much_happens_while_a_tick_solves(self, number: int, text: str, cop_id: str) -> None:
        def meanwhile() -> None:
            self.a_customer_writes_again(number, text)
            self.a_customer_leaves(number + 1)
            self.set_presence(cop_id, Presence.AWAY)

        matching.tick(self.context, ScriptedMatcher(meanwhile=meanwhile), "main", "one")

    @rule()
    def deadlines_are_kept(self) -> None:
        offers.lapse_due(self.context)
        review.lapse_due(self.context)

    @rule(seconds=st.sampled_from((0.5, 10.0, 30.0, 61.0, 3_600.0)))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    # What COps do.

    @rule(number=picks)
    @precondition(lambda self: self.live_offers())
    def a_cop_accepts(self, number: int) -> None:
        for offer in self.pick(self.live_offers(), number):
            in_time = self.clock.now() < offer.expires_at
            assert self.attempt(offers.accept, self.context, offer.id, offer.cop_id) == in_time

    @rule(number=picks)
    @precondition(lambda self: self.live_offers())
    def a_cop_declines(self, number: int) -> None:
        for offer in self.pick(self.live_offers(), number):
            assert self.attempt(offers.decline, self.context, offer.id, "busy", offer.cop_id)

    @rule(number=picks, accepts=st.booleans(), cop_id=cop_ids)
    @precondition(lambda self: self.store.committed.offers)
    def somebody_answers_any_offer(self, number: int, accepts: bool, cop_id: str) -> None:
        for offer in self.pick(list(self.store.committed.offers), number):
            if accepts:
                self.attempt(offers.accept, self.context, offer.id, cop_id)
            else:
                self.attempt(offers.decline, self.context, offer.id, "not me", cop_id)

    @rule(number=picks, issue_type=types)
    @precondition(lambda self: self.store.committed.assignments)
    def a_cop_wraps_up(self, number: int, issue_type: str | None) -> None:
        outcome = WrapUp(Disposition.RESOLVED, 30.0, issue_type)
        for assignment in self.pick(list(self.store.committed.assignments), number):
            done = self.attempt(wrap_up.wrap_up, self.context, assignment.id, outcome, assignment.cop_id)
            assert done == (assignment.state is AssignmentState.ACTIVE)

    @rule(number=picks, issue_type=types)
    @precondition(lambda self: self.store.committed.assignments)
    def a_cop_transfers(self, number: int, issue_type: str | None) -> None:
        for assignment in self.pick(list(self.store.committed.assignments), number):
            done = self.attempt(wrap_up.transfer, self.context, assignment.id, "not mine", issue_type)
            assert done == (assignment.state is AssignmentState.ACTIVE)

    @rule(cop_id=cop_ids, said=st.sampled_from(Presence))
    def a_cop_changes_presence(self, cop_id: str, said: Presence) -> None:
        assert self.attempt(self.set_presence, cop_id, said) == (cop_id in COPS)

    @rule(capacity=st.integers(0, 3))
    def the_roster_changes(self, capacity: int) -> None:
        self.roster(capacity)
        self.context.packs.pack = self.pack  # type: ignore[attr-defined]
        with self.store.transaction() as uow:
            uow.cops.sync(self.pack.roster.values())
            uow.commit()

    # What managers do.

    @rule(number=picks, by=st.sampled_from(MANAGERS), step=st.sampled_from((review.claim, review.skip, review.undo)))
    @precondition(lambda self: self.reviews())
    def a_manager_handles_a_review(self, number: int, by: str, step: Callable[..., object]) -> None:
        for item in self.pick(self.reviews(), number):
            self.attempt(step, self.context, item.id, by)

    @rule(number=picks, by=st.sampled_from(MANAGERS), issue_type=types)
    @precondition(lambda self: self.reviews())
    def a_manager_decides(self, number: int, by: str, issue_type: str | None) -> None:
        for item in self.pick(self.reviews(), number):
            self.attempt(review.give_verdict, self.context, item.id, issue_type, by)

    # What always holds.

    @invariant()
    def nobody_is_held_twice_and_states_agree(self) -> None:
        offered = Counter(offer.conversation_id for offer in self.live_offers())
        assigned = Counter(assignment.conversation_id for assignment in self.live_assignments())
        held = Counter(item.conversation_id for item in self.reviews() if item.state in HOLDING)
        for conversation in self.conversations:
            state = conversation.state
            assert offered[conversation.id] == (state is ConversationState.OFFERED), conversation
            assert assigned[conversation.id] == (state is ConversationState.ASSIGNED), conversation
            assert held[conversation.id] == (state is ConversationState.IN_REVIEW), conversation

    @invariant()
    def load_is_what_is_held_and_never_grows_above_capacity(self) -> None:
        held = Counter((o.cop_id, o.channel) for o in (*self.live_offers(), *self.live_assignments()))
        for status in self.store.committed.cops:
            for channel in Channel:
                load, slot = status.load.get(channel, 0), (status.cop_id, channel)
                assert load == held[slot]
                assert load <= max(status.capacity.get(channel, 0), self.loads.get(slot, 0))
                self.loads[slot] = load

    @invariant()
    def the_history_only_grows(self) -> None:
        history = list(self.store.committed.events)
        assert history[: len(self.history)] == self.history
        assert [event.seq for event in history] == list(range(1, len(history) + 1))
        assert list(self.store.committed.outbox) == [event for event in history if topic_of(event.kind)]
        self.history = history

    @invariant()
    def nobody_and_no_word_is_lost_and_everybody_keeps_their_age(self) -> None:
        assert {c.id: c.waiting_since for c in self.conversations} == self.began
        for id, count in self.messages.items():
            assert len(self.store.committed.messages.get(id) or ()) == count

    @invariant()
    def labels_are_the_standing_verdicts(self) -> None:
        decided = {f"review:{item.id}" for item in self.reviews() if item.state is ReviewState.DECIDED}
        assert {label.id for label in self.store.committed.labels if label.id.startswith("review:")} == decided

    @invariant()
    def what_waits_can_be_matched(self) -> None:
        for conversation in self.conversations:
            assert len(conversation.excluded) <= POLICY.most_excluded
            if conversation.state in (ConversationState.WAITING, ConversationState.IN_REVIEW):
                assert conversation.candidates and conversation.issue_type and conversation.language

    def teardown(self) -> None:
        """However it stands: once the COps work again, everybody is answered."""
        self.the_roster_changes(capacity=2)
        for cop_id in COPS:
            self.set_presence(cop_id, Presence.AVAILABLE)
        for _ in range(3 * len(self.began) + 4):
            self.clock.advance(61.0)
            self.deadlines_are_kept()
            self.triage_runs()
            for assignment in self.live_assignments():
                wrap_up.wrap_up(self.context, assignment.id, WrapUp(Disposition.RESOLVED, 30.0))
            self.a_tick_matches()
            for offer in self.live_offers():
                offers.accept(self.context, offer.id)
        assert {c.state for c in self.conversations} <= {*ENDED, ConversationState.ASSIGNED}
        assert [ConversationId(id) for id in self.began] == [c.id for c in self.conversations]


FloorMachine.TestCase.settings = settings(max_examples=80, stateful_step_count=60, deadline=None)
test_the_floor_holds_whatever_happens = FloorMachine.TestCase
