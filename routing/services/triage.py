"""Understanding what was received: classified in batches outside any transaction, then gated and queued."""

import logging
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from routing.domain.alert import kind_in
from routing.domain.conversation import Conversation, ConversationId, ConversationState, Message
from routing.domain.errors import RoutingError
from routing.domain.events import EventKind
from routing.domain.issue import Decision, Taxonomy, Triage
from routing.domain.needs import route_most_urgent
from routing.domain.override import AUTOMATION_PAUSED, automation_paused
from routing.domain.review import ReviewId, ReviewItem, gate
from routing.domain.worth import Worth
from routing.ports import Classifier, Masker, UnitOfWork, Utterance
from routing.services.asking import worths
from routing.services.context import Context, Subject, record
from routing.services.rehearsing import HARMLESS
from routing.services.sampling import sample
from routing.services.tracing import passed

SERVICE = "pointsman"
MOST_AT_ONCE = 64
NEWEST_MESSAGES = 5
CUSTOMER = "customer"
NOT_UNDERSTOOD = "not_understood"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """Received conversations, what the classifier reads of each, and by which taxonomy."""

    received: Sequence[Conversation]
    utterances: Sequence[Utterance]
    taxonomy: Taxonomy


def triage_batch(context: Context, classifier: Classifier) -> int:
    """Triage up to `MOST_AT_ONCE` received conversations, oldest first; returns how many were stored.

    A conversation that changed meanwhile (a new message came) is left for the next batch. One whose words the
    classifier fails on goes to people, so that it holds up nobody else.
    """
    batch = taken(context)
    return 0 if batch is None else keep(context, classifier, batch, classified(context, classifier, batch))


def taken(context: Context, under_way: Set[ConversationId] = frozenset()) -> Batch | None:
    """The oldest `MOST_AT_ONCE` received conversations that are not under way; None where there are none."""
    with context.store.reading() as uow:
        oldest = uow.conversations.in_state(ConversationState.RECEIVED, None, MOST_AT_ONCE + len(under_way))
        received = [each for each in oldest if each.id not in under_way][:MOST_AT_ONCE]
        messages = uow.conversations.messages_of(c.id for c in received)
    if not received:
        return None
    utterances = [_utterance(context, c, messages.get(c.id, [])) for c in received]
    return Batch(received, utterances, context.packs.current().taxonomy)


def classified(context: Context, classifier: Classifier, batch: Batch) -> list[Triage]:
    """What the classifier says of each, outside any transaction."""
    return _classified(classifier, batch.utterances, batch.taxonomy, context.clock.now())


def keep(context: Context, classifier: Classifier, batch: Batch, triages: Sequence[Triage]) -> int:
    """Decide what becomes of each, and store it; returns how many were stored."""
    received, taxonomy = batch.received, batch.taxonomy
    gated = _all_gated(context, taxonomy, [c.market for c in received], triages)
    asked = worths(context, classifier, taxonomy, [utterance.text for utterance in batch.utterances], gated)
    answers = [_Answer(*pair) for pair in zip(gated, asked, strict=True)]
    with context.store.transaction() as uow:
        stored = _store(uow, context, taxonomy, list(zip(received, answers, strict=True)))
        uow.commit()
    _trace(context, stored)
    return len(stored)


def _trace(context: Context, stored: "list[tuple[Conversation, _Answer]]") -> None:
    now = context.clock.now()
    for conversation, answer in stored:
        found = answer.triage
        passed(conversation.id, "triage", found.at, now, decision=found.decision, model_version=found.model_version)


def triage_text(context: Context, classifier: Classifier, text: str, market: str | None = None) -> Triage:
    """What would be done with this message? Nothing is stored. Without a market, the pack's first one is meant."""
    pack = context.packs.current()
    languages = pack.market(market).languages if market else pack.languages
    masked = context.masker.mask(text)
    utterance = Utterance(context.masker.gist([masked]), languages, messages=(masked,), market=market)
    [triage] = classifier.classify([utterance], pack.taxonomy, context.clock.now())
    return _all_gated(context, pack.taxonomy, [market or next(iter(pack.markets))], [triage])[0]


def _all_gated(context: Context, taxonomy: Taxonomy, markets: Sequence[str], triages: Sequence[Triage]) -> list[Triage]:
    """What becomes of each; asked once the classifier is done, so that a pause begun meanwhile holds for these too."""
    with context.store.reading() as uow:
        overrides = uow.overrides.in_force(context.clock.now())
    given = [
        asking_people(triage) if automation_paused(overrides, market) else triage
        for market, triage in zip(markets, triages, strict=True)
    ]
    return [_gated(triage, taxonomy, context.policy.urgent_probability) for triage in given]


def asking_people(triage: Triage) -> Triage:
    """The same with a person's decision in place of the model's; what may be urgent goes ahead all the same."""
    if triage.decision is Decision.REVIEW:
        return triage
    return replace(triage, decision=Decision.REVIEW, reasons=(*triage.reasons, AUTOMATION_PAUSED))


def _gated(triage: Triage, taxonomy: Taxonomy, urgent_probability: float) -> Triage:
    # Even odds on every type are no sign of fraud.
    if NOT_UNDERSTOOD in triage.reasons:
        return triage
    return gate(route_most_urgent(triage, taxonomy), taxonomy, urgent_probability)


def _classified(
    classifier: Classifier, utterances: Sequence[Utterance], taxonomy: Taxonomy, at: datetime
) -> list[Triage]:
    try:
        return classifier.classify(utterances, taxonomy, at)
    except RoutingError:
        raise
    except Exception:
        # Where even harmless words fail it is not the customers' words: this raises, and all of them wait.
        classifier.classify([Utterance(HARMLESS, utterances[0].languages)], taxonomy, at)
        return [_classified_alone(classifier, utterance, taxonomy, at) for utterance in utterances]


def _classified_alone(classifier: Classifier, utterance: Utterance, taxonomy: Taxonomy, at: datetime) -> Triage:
    try:
        return classifier.classify([utterance], taxonomy, at)[0]
    except RoutingError:
        raise
    except Exception as error:
        # The error's own text may quote the customer, so only its type is told.
        log.error("the classifier failed on one message: %s", type(error).__name__)
        return _not_understood(utterance, taxonomy, classifier.version, at)


def _not_understood(utterance: Utterance, taxonomy: Taxonomy, version: str, at: datetime) -> Triage:
    """Nothing is known: every issue type is as likely as any other, and a person is asked."""
    keys = tuple(sorted(taxonomy.keys))
    even = 1.0 / len(keys)
    return Triage(
        issue_type=keys[0],
        confidence=even,
        decision=Decision.REVIEW,
        reasons=(NOT_UNDERSTOOD,),
        novelty=1.0,
        prediction_set=keys,
        distribution=tuple((key, even) for key in keys),
        language=utterance.languages[0],
        language_confidence=0.0,
        model_version=version,
        at=at,
    )


def words_of(masker: Masker, messages: list[Message], until: datetime | None = None) -> str:
    """What the classifier reads of a conversation: the customer's own words in their newest messages, oldest first."""
    return masker.gist(_newest(messages, until))


def _newest(messages: list[Message], until: datetime | None = None) -> tuple[str, ...]:
    theirs = [m.text for m in messages if m.author == CUSTOMER and (until is None or m.at <= until)]
    return tuple(theirs[-NEWEST_MESSAGES:])


def since(messages: list[Message], at: datetime) -> list[Message]:
    """The messages of the need that began at `at`, as they arrived; all of them when none is as new.

    A later one counts whatever time its sender's clock gave it.
    """
    first = next((place for place, message in enumerate(messages) if message.at >= at), 0)
    return messages[first:]


def _utterance(context: Context, conversation: Conversation, messages: list[Message]) -> Utterance:
    pack = context.packs.current()
    # A market that left the pack must not stop the others' triage.
    market = pack.markets.get(conversation.market)
    newest = _newest(since(messages, conversation.waiting_since))
    languages = market.languages if market else pack.languages
    return Utterance(context.masker.gist(newest), languages, conversation.id, newest, conversation.market)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What was understood of one conversation, and what a person's word on it is worth."""

    triage: Triage
    worth: Worth


_Pairs = list[tuple[Conversation, _Answer]]


def _store(uow: UnitOfWork, context: Context, taxonomy: Taxonomy, answered: _Pairs) -> _Pairs:
    """Store the answers to those conversations that nobody changed meanwhile; returns them."""
    most = context.policy.most_candidates
    saved = uow.conversations.save_all([_understood(taxonomy, most, *each) for each in answered])
    stored = [(conversation, answer) for conversation, answer in answered if conversation.id in saved]
    uow.triages.add_all([(conversation.id, answer.triage) for conversation, answer in stored])
    for conversation, answer in stored:
        _record_triage(uow, conversation, answer.triage)
        if answer.triage.decision is Decision.REVIEW:
            open_review(uow, context, conversation, answer.triage, answer.worth)
        else:
            sample(uow, context, conversation, answer.triage)
    return stored


def _understood(taxonomy: Taxonomy, most_candidates: int, conversation: Conversation, answer: _Answer) -> Conversation:
    triage = answer.triage
    facts = taxonomy.get(triage.issue_type)
    understood = conversation.understood(triage, candidates_of(triage, most_candidates), facts)
    return understood.hold_for_review() if triage.decision is Decision.REVIEW else understood.queue()


def candidates_of(triage: Triage, most: int) -> tuple[tuple[str, float], ...]:
    """What a conversation is matched by until a person says more: one certain type, or the prediction set."""
    certain = triage.decision is Decision.AUTO and all(kind_in(reason) for reason in triage.reasons)
    return ((triage.issue_type, 1.0),) if certain else triage.candidates(most)


def open_review(
    uow: UnitOfWork, context: Context, conversation: Conversation, triage: Triage, worth: Worth
) -> ReviewItem:
    """Put a conversation in front of people, with the deadline past which it goes on without them."""
    at = triage.at
    item = ReviewItem(
        id=ReviewId(context.ids.new()),
        conversation_id=conversation.id,
        opened_at=at,
        deadline_at=at + context.policy.review_deadline,
        reasons=triage.reasons,
        value=worth.value,
        value_reasons=worth.reasons,
        guess=triage.issue_type,
        model_version=triage.model_version,
    )
    uow.reviews.add(item)
    data = {"review_id": item.id, "reasons": list(item.reasons), "deadline_at": item.deadline_at.isoformat()}
    record(uow, EventKind.REVIEW_OPENED, at, SERVICE, Subject(conversation.id), **data)
    return item


def _record_triage(uow: UnitOfWork, conversation: Conversation, triage: Triage) -> None:
    data = {
        "issue_type": triage.issue_type,
        "confidence": triage.confidence,
        "decision": triage.decision,
        "reasons": list(triage.reasons),
        "novelty": triage.novelty,
        "prediction_set": list(triage.prediction_set),
        "language": triage.language,
        "model_version": triage.model_version,
        "needs": [key for key, _ in triage.needs],
        "alerts": list(triage.alerts),
    }
    record(uow, EventKind.CONVERSATION_TRIAGED, triage.at, SERVICE, Subject(conversation.id), **data)
