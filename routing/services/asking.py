"""What is worth asking people: how near undecided messages are to each other, and the worth of a verdict."""

import logging
from collections.abc import Sequence

from routing.domain.issue import Decision, Taxonomy, Triage
from routing.domain.review import UNDECIDED
from routing.domain.worth import Question, Worth, worth_of
from routing.ports import Classifier
from routing.services.context import Context

MOST_COMPARED = 100
NEAREST = 5

log = logging.getLogger(__name__)


def worths(
    context: Context, classifier: Classifier, taxonomy: Taxonomy, texts: Sequence[str], triages: Sequence[Triage]
) -> list[Worth]:
    """For each triage what a verdict on it is worth, by the policy's weights; nothing where nobody is asked."""
    asked = [place for place, triage in enumerate(triages) if triage.decision is Decision.REVIEW]
    if not asked:
        return [Worth()] * len(triages)
    alike = alikeness(classifier, [texts[place] for place in asked], undecided_texts(context))
    found = {place: _worth(context, taxonomy, triages[place], near) for place, near in zip(asked, alike, strict=True)}
    return [found.get(place, Worth()) for place in range(len(triages))]


def _worth(context: Context, taxonomy: Taxonomy, triage: Triage, alike: float) -> Worth:
    policy = context.policy
    question = Question(triage, alike, policy.urgent_probability, policy.review_deadline_seconds)
    return worth_of(question, taxonomy, policy.review_weights)


def undecided_texts(context: Context) -> list[str]:
    """What the newest undecided items are about, in a fixed number of queries."""
    with context.store.reading() as uow:
        items = uow.reviews.newest(sorted(UNDECIDED), MOST_COMPARED)
        messages = uow.conversations.messages_of(item.conversation_id for item in items)
    customers = ([m.text for m in found if m.author == "customer"] for found in messages.values())
    return ["\n".join(texts)[-4_000:] for texts in customers if texts]


def alikeness(classifier: Classifier, texts: Sequence[str], undecided: Sequence[str]) -> list[float]:
    """How near each text is to the nearest few of the others and of the undecided ones, 0 to 1.

    Nobody waits because it cannot be told: then it is 0.
    """
    try:
        return [_nearness(classifier, place, texts, undecided) for place in range(len(texts))]
    except Exception as error:
        # The error's own text may quote a customer, so only its type is told.
        log.warning("undecided messages are not compared: %s", type(error).__name__)
        return [0.0] * len(texts)


def _nearness(classifier: Classifier, place: int, texts: Sequence[str], undecided: Sequence[str]) -> float:
    others = [*texts[:place], *texts[place + 1 :], *undecided]
    if not others:
        return 0.0
    nearest = classifier.similar(texts[place], others, NEAREST)
    return min(1.0, sum(max(0.0, similarity) for _, similarity in nearest) / NEAREST)
