"""What the use cases really record fits what is published about it: nothing is missing and nothing is dropped."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

from customer_life import CAROL, erased
from integration.kafka_roles import context_over

from routing.adapters.kafka.outgoing import DATA_OF, cloud_event
from routing.adapters.memory.store import MemoryStore
from routing.domain.cop import CopId, Presence
from routing.domain.events import Event, EventKind
from routing.domain.issue import Decision, Taxonomy, Triage
from routing.domain.outcome import Disposition, WrapUp
from routing.ports import MatchingPlan, MatchingProblem, PlannedOffer, Utterance
from routing.services import escalating, intake, matching, offers, presence, proposals, review, triage, wrap_up
from routing.services.context import Context
from routing.services.intake import IncomingMessage
from routing.services.presence import PresenceChange

NEVER = {EventKind.REVIEW_LAPSED, EventKind.OFFER_LAPSED}  # they need time to pass; a test of theirs is below


class Unsure:
    """A classifier that sends everything to review."""

    version = "m"

    def classify(self, utterances: Sequence[Utterance], taxonomy: Taxonomy, at: datetime) -> list[Triage]:
        answer = Triage("card", 0.5, Decision.REVIEW, ("unsure",), 0.1, ("card",), (("card", 1.0),), "en", 0.9, "m", at)
        return [answer for _ in utterances]

    def similar(self, text: str, cases: Sequence[str], most: int) -> list[tuple[int, float]]:
        return []


class First:
    """A matcher that gives everyone to the first COp not excluded."""

    def match(self, problem: MatchingProblem) -> MatchingPlan:
        pairs = []
        for conversation in problem.conversations:
            cop = next(cop for cop, _ in problem.cops if cop.id not in conversation.excluded)
            pairs.append(PlannedOffer(conversation.id, cop.id))
        return MatchingPlan(tuple(pairs), {}, "first", None, 1.0)


def opened(context: Context, number: int) -> str:
    """A conversation that people are asked about; returns the id of the question."""
    intake.receive(context, IncomingMessage(f"e{number}", "test", "my card", "uk", conversation_id=f"c{number}"))
    triage.triage_batch(context, Unsure())
    with context.store.reading() as uow:
        return uow.reviews.undecided_for(f"c{number}")[0].id  # type: ignore[arg-type]


def offered(context: Context, number: int) -> offers.OfferId:
    matching.tick(context, First(), "uk", "test")
    with context.store.reading() as uow:
        offer = uow.offers.pending_for(f"c{number}")  # type: ignore[arg-type]
    assert offer is not None
    return offer.id


def a_working_day(context: Context) -> None:
    """One of everything that can happen without waiting."""
    for cop in ("anna", "ben", "cleo"):
        presence.set_presence(context, PresenceChange(CopId(cop), Presence.AVAILABLE, cop))
    number = count(1)
    item = opened(context, next(number))
    review.claim(context, item, "mia")
    review.skip(context, item, "mia")
    escalating.escalate(context, item, "mia", "is this a complaint?", "max")
    proposals.propose(context, proposals.Draft("Complaint", "Wants to complain", "max", (item,)))
    review.give_verdict(context, item, "card", "mia")
    review.undo(context, item, "mia")
    review.give_verdict(context, item, "card", "mia")
    offers.decline(context, offered(context, 1), "busy")
    first = offers.accept(context, offered(context, 1))
    wrap_up.transfer(context, first.id, "not mine")
    second = offers.accept(context, offered(context, 1))
    wrap_up.wrap_up(context, second.id, WrapUp(Disposition.RESOLVED, 60.0))
    opened(context, next(number))
    intake.receive(context, IncomingMessage("again", "test", "hello?", "uk", conversation_id="c2"))
    review.give_verdict(context, opened(context, next(number)), None, "mia")
    offered(context, 3)
    intake.abandon(context, "c3", "gone", "test")  # type: ignore[arg-type]
    intake.receive(context, IncomingMessage("e9", "test", "bye", "uk", conversation_id="c9", customer_id=CAROL))
    intake.abandon(context, "c9", "left", "test")  # type: ignore[arg-type]
    erased(context)


def recorded(context: Context) -> list[Event]:
    with context.store.reading() as uow:
        return uow.outbox.pending(1_000)


def assert_published_whole(event: Event) -> None:
    assert cloud_event(event, "p").data["conversation_id"] == event.conversation_id
    assert set(event.data) <= set(DATA_OF[event.kind].model_fields), event.kind


def test_every_fact_of_a_working_day_is_published_whole() -> None:
    context = context_over(MemoryStore())
    a_working_day(context)
    events = recorded(context)
    assert set(DATA_OF) - {event.kind for event in events} == NEVER
    for event in events:
        assert_published_whole(event)


def test_what_lapses_is_published_whole() -> None:
    context = context_over(MemoryStore())
    presence.set_presence(context, PresenceChange(CopId("anna"), Presence.AVAILABLE, "anna"))
    opened(context, 1)
    later = _Shifted(context, timedelta(seconds=120))
    review.lapse_due(later.context)
    offered(later.context, 1)
    offers.lapse_due(_Shifted(later.context, timedelta(seconds=120)).context)
    kinds = {event.kind for event in recorded(context)}
    assert kinds >= NEVER
    for event in recorded(context):
        assert_published_whole(event)


class _Shifted:
    """The same surroundings, some time later."""

    def __init__(self, context: Context, by: timedelta) -> None:
        self._clock, self._by = context.clock, by
        self.context = Context(context.store, self, context.ids, context.masker, context.packs, context.policy)

    def now(self) -> datetime:
        return self._clock.now() + self._by
