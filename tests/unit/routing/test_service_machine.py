"""Whatever people, clocks and plans do in whatever order: nobody is lost, held twice, or given to a full COp."""

from collections.abc import Callable

from doubles import ScriptedClassifier, ScriptedMatcher
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule
from watched_floor import COPS, WatchedFloor

from routing.domain.conversation import ENDED, ConversationId, ConversationState
from routing.domain.cop import Channel, Presence
from routing.domain.offer import AssignmentState
from routing.domain.outcome import Disposition, WrapUp
from routing.services import intake, matching, offers, review, triage, wrap_up

MANAGERS = ("mona", "max")

picks = st.integers(0, 30)
words = st.sampled_from(("card_lost", "card_late", "fraud_seen", "unsure card_lost", "unsure limit_raise", "hm"))
types = st.sampled_from(("card_lost", "card_late", "limit_raise", None))
cop_ids = st.sampled_from((*COPS, "ghost"))
channels = st.sampled_from((Channel.CHAT, Channel.EMAIL))


class FloorMachine(WatchedFloor):
    """Drives every use case at random."""

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
