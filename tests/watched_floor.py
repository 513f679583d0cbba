"""A floor over the store in memory, driven at random: what there is on it, and what holds after every step."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from builders import FixedPacks, FrozenClock, make_context, make_cop, make_pack
from doubles import ScriptedClassifier
from hypothesis.stateful import RuleBasedStateMachine, invariant

from routing.adapters.memory import MemoryStore
from routing.domain.conversation import Conversation, ConversationState
from routing.domain.cop import Channel, CopId, Presence
from routing.domain.errors import RoutingError
from routing.domain.events import Event, topic_of
from routing.domain.offer import Assignment, AssignmentState, Offer, OfferState
from routing.domain.policy import Policy
from routing.domain.review import ReviewItem, ReviewState
from routing.services import intake, presence

T = TypeVar("T")
COPS = ("ada", "ben", "cleo")
HOLDING = (ReviewState.OPEN, ReviewState.CLAIMED)
POLICY = Policy(most_excluded=2)


class WatchedFloor(RuleBasedStateMachine):
    """What is on the floor, and the invariants; whoever inherits adds what happens."""

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
