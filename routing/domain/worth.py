"""What a person's verdict on a triage would be worth, and why: the order in which the disambiguation queue is asked."""

from dataclasses import dataclass
from enum import StrEnum
from math import log

from routing.domain.issue import IssueType, Taxonomy, Triage

DIGITS = 6
ESCALATED = 100.0
"""More than the three terms can come to together: the weights are at most 10 each."""
SKILL_SHARE, PRIORITY_SHARE, TARGET_SHARE = 0.5, 0.25, 0.25
WIDEST_PRIORITY_GAP = 4
WIDEST_TARGET_RATIO = 10.0
STRANGER_THAN_MOST = 0.5
LEAST_OF_ALONE = 0.5


class Term(StrEnum):
    """What makes a verdict worth asking for."""

    ROUTING = "changes_routing"
    TEACHING = "teaches"
    URGENCY = "urgent"
    ESCALATED = "escalated"


Reasons = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each term, itself 0 to 1, counts; `Policy` says what is allowed."""

    routing: float
    teaching: float
    urgency: float


@dataclass(frozen=True, slots=True)
class Worth:
    """The place in the queue: `value`, the sum of what each term adds, and these parts, the largest first."""

    value: float = 0.0
    reasons: Reasons = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about one triage.

    `alike`, 0 to 1: how near in meaning the other undecided messages are. `never_waits_from`: the probability of fraud
    or vulnerability from which nobody is asked. `deadline_seconds`: how long a person may take.
    """

    triage: Triage
    alike: float
    never_waits_from: float
    deadline_seconds: float


def worth_of(question: Question, taxonomy: Taxonomy, weights: Weights) -> Worth:
    """How much a verdict would change the routing, teach, and press; each term 0 to 1, times its weight."""
    parts = (
        (Term.ROUTING, weights.routing * cost_of_a_wrong_route(question.triage, taxonomy)),
        (Term.TEACHING, weights.teaching * lesson_of(question.triage, question.alike)),
        (Term.URGENCY, weights.urgency * pressure_of(question, taxonomy)),
    )
    ranked = sorted(((str(term), round(part, DIGITS)) for term, part in parts), key=lambda pair: -pair[1])
    return Worth(round(sum(part for _, part in ranked), DIGITS), tuple(pair for pair in ranked if pair[1] > 0))


def still_teaches(reasons: Reasons) -> float:
    """What is left of the value once the conversation went on: what the verdict teaches, and that somebody asked."""
    return sum(part for term, part in reasons if term in {Term.TEACHING, Term.ESCALATED})


def escalated(worth: Worth) -> Worth:
    """The same ahead of everything that nobody escalated; once, however often it is escalated."""
    if any(term == Term.ESCALATED for term, _ in worth.reasons):
        return worth
    return Worth(worth.value + ESCALATED, ((Term.ESCALATED, ESCALATED), *worth.reasons))


def cost_of_a_wrong_route(triage: Triage, taxonomy: Taxonomy) -> float:
    """The distance expected between the route by the guess and the route by the truth, 0 to 1.

    Candidates that go to the same skill, priority and service target cost nothing to confuse.
    """
    guess = taxonomy.issue_types.get(triage.issue_type)
    if guess is None:
        return 1.0
    others = ((taxonomy.issue_types.get(key), probability) for key, probability in triage.distribution)
    return min(1.0, sum(probability * apart(guess, other) for other, probability in others if other is not None))


def apart(one: IssueType, other: IssueType) -> float:
    """How differently two types are routed, 0 to 1: half of it the skill, a quarter priority, a quarter target."""
    priority = min(1.0, abs(one.priority - other.priority) / WIDEST_PRIORITY_GAP)
    seconds = one.service_target.seconds, other.service_target.seconds
    target = min(1.0, abs(log(seconds[0] / seconds[1])) / log(WIDEST_TARGET_RATIO))
    return SKILL_SHARE * (one.skill != other.skill) + PRIORITY_SHARE * priority + TARGET_SHARE * target


def lesson_of(triage: Triage, alike: float) -> float:
    """How much the classifier would learn, 0 to 1: in doubt between two types, or stranger than most, near others.

    The doubt is that of `encoders.training.acquisition.doubt`, for one message. One verdict on a message that many
    undecided ones resemble settles them all, so a message alone counts half.
    """
    first, second, *_ = [*(probability for _, probability in triage.distribution), 0.0, 0.0]
    doubt = 1.0 - (first - second)
    strange = max(0.0, (triage.novelty - STRANGER_THAN_MOST) / (1.0 - STRANGER_THAN_MOST))
    near = LEAST_OF_ALONE + (1.0 - LEAST_OF_ALONE) * min(1.0, max(0.0, alike))
    return min(1.0, max(0.0, doubt, strange)) * near


def pressure_of(question: Question, taxonomy: Taxonomy) -> float:
    """How little the conversation can wait, 0 to 1: the strongest of priority, service target and vulnerability."""
    known = [(taxonomy.issue_types[key], p) for key, p in question.triage.distribution if key in taxonomy.keys]
    total = sum(probability for _, probability in known) or 1.0
    priority = sum(p * (1 + WIDEST_PRIORITY_GAP - kind.priority) for kind, p in known) / (WIDEST_PRIORITY_GAP * total)
    target = sum(p * _share_of_target(kind, question.deadline_seconds) for kind, p in known) / total
    harm = sum(p for kind, p in known if kind.never_waits) / question.never_waits_from
    return min(1.0, max(0.0, priority, target, harm))


def _share_of_target(kind: IssueType, deadline_seconds: float) -> float:
    """How much of the time within which this type is to be answered a review may use up."""
    return min(1.0, deadline_seconds / kind.service_target.seconds)
