"""Valid domain objects for tests, each with overrides by keyword, and a clock and ids that the test controls."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from routing.domain.conversation import Conversation, ConversationId, Message
from routing.domain.cop import Channel, Cop, CopId, Shift
from routing.domain.events import Event, EventKind
from routing.domain.issue import Decision, Family, IssueType, Taxonomy, Triage
from routing.domain.label import Label, LabelSource
from routing.domain.market import Market, OpeningHours
from routing.domain.model import Model, ModelId, ModelState
from routing.domain.offer import Assignment, AssignmentId, Offer, OfferId
from routing.domain.pack import Pack
from routing.domain.policy import Policy
from routing.domain.review import ReviewId, ReviewItem
from routing.domain.service_level import ServiceTarget
from routing.domain.tick import TickRecord
from routing.ports import Store
from routing.services.context import Context

NOON = datetime(2026, 3, 4, 12, 0, 0, 123456, tzinfo=UTC)
EVERY_DAY = frozenset(range(7))
ALL_DAY = Shift(EVERY_DAY, time(0), time(0), "UTC")


class FrozenClock:
    """Stands still until it is told to go on."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def advance(self, seconds: float) -> datetime:
        self.at += timedelta(seconds=seconds)
        return self.at


class SequentialIds:
    """x-00000001, x-00000002, ...: they sort by the order they were made in."""

    def __init__(self, prefix: str = "x") -> None:
        self._prefix, self._made = prefix, 0

    def new(self) -> str:
        self._made += 1
        return f"{self._prefix}-{self._made:08d}"


class PlainMasker:
    """Masks nothing; takes NUL away, as the real one does."""

    def mask(self, text: str) -> str:
        return text.replace("\x00", "")

    def gist(self, messages: Sequence[str]) -> str:
        return "\n".join(messages)


class FixedPacks:
    """A pack that a test may swap for another."""

    def __init__(self, pack: Pack) -> None:
        self.pack = pack

    def current(self) -> Pack:
        return self.pack


def make_issue_type(key: str = "card_lost", **changes: Any) -> IssueType:
    made = IssueType(
        key=key,
        name=key.replace("_", " ").capitalize(),
        description=f"The customer writes about {key}.",
        family="cards",
        skill=key,
        priority=3,
        service_target=ServiceTarget(0.8, 300.0),
        handle_time_seconds=240.0,
    )
    return replace(made, **changes)


def make_taxonomy(issue_types: Iterable[IssueType] = (), version: str = "t1") -> Taxonomy:
    """By default: card_lost, card_late, limit_raise, and fraud_seen, which never waits."""
    default = (
        make_issue_type("card_lost", priority=2),
        make_issue_type("card_late"),
        make_issue_type("limit_raise", priority=4, family="limits"),
        make_issue_type("fraud_seen", priority=1, fraud=True, family="fraud"),
    )
    chosen = tuple(issue_types) or default
    families = {kind.family: Family(kind.family, kind.family.capitalize()) for kind in chosen}
    return Taxonomy(version, {kind.key: kind for kind in chosen}, families)


def make_cop(id: str = "ada", **changes: Any) -> Cop:
    """Works round the clock, knows every default issue type, holds 2 chats and 1 e-mail."""
    made = Cop(
        id=CopId(id),
        name=id.capitalize(),
        team="blue",
        markets=frozenset({"uk"}),
        languages={"en": 1.0},
        skills=dict.fromkeys(("card_lost", "card_late", "limit_raise", "fraud_seen"), 0.9),
        capacity={Channel.CHAT: 2, Channel.EMAIL: 1},
        shift=ALL_DAY,
    )
    return replace(made, **changes)


def make_market(key: str = "uk", **changes: Any) -> Market:
    opening = OpeningHours(EVERY_DAY, 0, 24 * 60)
    return replace(Market(key, key.upper(), ("en",), "Europe/London", "main", opening), **changes)


def make_pack(cops: Iterable[Cop] = (), **changes: Any) -> Pack:
    """By default: markets uk and ie share the COps ada, ben and cleo; market fr matches apart, without COps."""
    markets = (make_market("uk"), make_market("ie"), make_market("fr", languages=("fr",), matching_group="france"))
    roster = tuple(cops) or tuple(make_cop(id, markets=frozenset({"uk", "ie"})) for id in ("ada", "ben", "cleo"))
    made = Pack("p1", make_taxonomy(), {m.key: m for m in markets}, {cop.id: cop for cop in roster})
    return replace(made, **changes)


def make_conversation(id: str = "c-1", **changes: Any) -> Conversation:
    since = changes.get("received_at", NOON)
    made = Conversation(ConversationId(id), "uk", Channel.CHAT, received_at=since, waiting_since=since)
    return replace(made, **changes)


def make_message(id: str = "m-1", conversation_id: str = "c-1", **changes: Any) -> Message:
    made = Message(id, ConversationId(conversation_id), "customer", "Where is my card?", NOON)
    return replace(made, **changes)


def make_triage(issue_type: str = "card_lost", confidence: float = 0.9, **changes: Any) -> Triage:
    """Sure of its type; `decision=REVIEW` makes it unsure."""
    rest = "card_late" if issue_type != "card_late" else "card_lost"
    made = Triage(
        issue_type=issue_type,
        confidence=confidence,
        decision=Decision.AUTO,
        reasons=(),
        novelty=0.1,
        prediction_set=(issue_type,),
        distribution=((issue_type, confidence), (rest, 1.0 - confidence)),
        language="en",
        language_confidence=0.99,
        model_version="m1",
        at=NOON,
    )
    return replace(made, **changes)


def make_review(
    id: str = "r-1", conversation_id: str = "c-1", deadline_seconds: float = 60, **changes: Any
) -> ReviewItem:
    opened = changes.get("opened_at", NOON)
    deadline = opened + timedelta(seconds=deadline_seconds)
    made = ReviewItem(ReviewId(id), ConversationId(conversation_id), opened, deadline, ("low_confidence",))
    return replace(made, **changes)


def make_offer(
    id: str = "o-1", conversation_id: str = "c-1", cop_id: str = "ada", ttl_seconds: float = 30, **changes: Any
) -> Offer:
    made_at = changes.get("made_at", NOON)
    made = Offer(
        id=OfferId(id),
        conversation_id=ConversationId(conversation_id),
        cop_id=CopId(cop_id),
        channel=Channel.CHAT,
        made_at=made_at,
        expires_at=made_at + timedelta(seconds=ttl_seconds),
        tick_id="tick-1",
        why={"wait": 12.5, "runner_up": {"cop_id": "ben", "cost": 3}},
    )
    return replace(made, **changes)


def make_assignment(
    id: str = "a-1", conversation_id: str = "c-1", cop_id: str = "ada", offer_id: str = "o-1", **changes: Any
) -> Assignment:
    made = Assignment(
        id=AssignmentId(id),
        offer_id=OfferId(offer_id),
        conversation_id=ConversationId(conversation_id),
        cop_id=CopId(cop_id),
        channel=Channel.CHAT,
        started_at=NOON,
        issue_type="card_lost",
    )
    return replace(made, **changes)


def make_model(id: str = "m1", **changes: Any) -> Model:
    made = Model(ModelId(id), ModelState.CANDIDATE, NOON, "trainer", NOON, "trainer", f"digest of {id}")
    return replace(made, **changes)


def make_event(kind: EventKind = EventKind.OFFER_MADE, conversation_id: str | None = "c-1", **changes: Any) -> Event:
    return replace(Event(kind, NOON, "pointsman", conversation_id, None, {"offer_id": "o-1"}), **changes)


def make_label(id: str = "review:r-1", **changes: Any) -> Label:
    made = Label(id, "Where is my card?", "card_late", LabelSource.VERDICT, "c-1", "mona", NOON)
    return replace(made, **changes)


def make_tick(id: str = "tick-1", **changes: Any) -> TickRecord:
    made = TickRecord(id, "main", 1, NOON, 10, 4, 4, 0, "min_cost_flow", None, 3.5, 8.25)
    return replace(made, **changes)


def make_context(store: Store, **changes: Any) -> Context:
    """A context over this store with a frozen clock, sequential ids and the default pack, its roster synced."""
    made = Context(store, FrozenClock(), SequentialIds(), PlainMasker(), FixedPacks(make_pack()), Policy())
    context = replace(made, **changes)
    with store.transaction() as uow:
        uow.cops.sync(context.packs.current().roster.values())
        uow.commit()
    return context


def loads(load: Mapping[Channel, int]) -> dict[Channel, int]:
    """A load without its empty channels, to compare."""
    return {channel: held for channel, held in load.items() if held}
