"""Facts about what happened: they carry ids and numbers, never a customer's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    """What can happen; the names are part of the published contract."""

    CONVERSATION_RECEIVED = "conversation.received"
    CONVERSATION_MESSAGE_ADDED = "conversation.message_added"
    CONVERSATION_TRIAGED = "conversation.triaged"
    CONVERSATION_REOPENED = "conversation.reopened"
    CONVERSATION_REROUTED = "conversation.rerouted"
    CONVERSATION_ABANDONED = "conversation.abandoned"
    CONVERSATION_ERASED = "conversation.erased"
    ALERTS_DISMISSED = "conversation.alerts_dismissed"
    REVIEW_OPENED = "review.opened"
    REVIEW_CLAIMED = "review.claimed"
    REVIEW_SKIPPED = "review.skipped"
    REVIEW_ESCALATED = "review.escalated"
    REVIEW_PROPOSED = "review.proposed"
    REVIEW_DECIDED = "review.decided"
    REVIEW_UNDONE = "review.undone"
    REVIEW_LAPSED = "review.lapsed"
    REVIEW_SUPERSEDED = "review.superseded"
    OFFER_MADE = "offer.made"
    OFFER_ACCEPTED = "offer.accepted"
    OFFER_DECLINED = "offer.declined"
    OFFER_LAPSED = "offer.lapsed"
    OFFER_RESCINDED = "offer.rescinded"
    ASSIGNMENT_STARTED = "assignment.started"
    ASSIGNMENT_TRANSFERRED = "assignment.transferred"
    ASSIGNMENT_WRAPPED_UP = "assignment.wrapped_up"
    PRESENCE_CHANGED = "presence.changed"
    MATCHING_FELL_BACK = "matching.fell_back"
    MODEL_REGISTERED = "model.registered"
    MODEL_SHADOWED = "model.shadowed"
    MODEL_UNSHADOWED = "model.unshadowed"
    MODEL_SWAPPED = "model.swapped"
    MODEL_ROLLED_BACK = "model.rolled_back"
    MODEL_DRIFTED = "model.drifted"
    PROPOSAL_MADE = "proposal.made"
    PROPOSAL_SETTLED = "proposal.settled"
    SAMPLE_DRAWN = "sample.drawn"
    PACK_CHANGED = "pack.changed"
    POLICY_CHANGED = "policy.changed"
    MATCHING_POLICY_CHANGED = "matching_policy.changed"
    INDIVIDUALS_FORGOTTEN = "handle_times.individuals_forgotten"
    HISTORY_ERASED = "history.erased"
    CUSTOMER_ERASED = "customer.erased"
    HOLD_SET = "hold.set"
    HOLD_LIFTED = "hold.lifted"
    RETENTION_PASSED = "retention.passed"
    OVERRIDE_STARTED = "override.started"
    OVERRIDE_UNDONE = "override.undone"
    EDIT_APPLIED = "edit.applied"
    DEAD_LETTER_REPLAYED = "dead_letter.replayed"


@dataclass(frozen=True, slots=True)
class Event:
    """One fact. `actor` is a COp, a manager, `customer`, or the part of the service that acted."""

    kind: EventKind
    at: datetime
    actor: str
    conversation_id: str | None = None
    cop_id: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    seq: int | None = None


TOPICS = ("triage", "offers", "assignments", "reviews", "erasures")
_TOPIC_OF_PREFIX = {"offer": "offers", "assignment": "assignments", "review": "reviews"}


def topic_of(kind: EventKind) -> str | None:
    """The published topic (one of TOPICS) a kind belongs to; None for what stays inside."""
    if kind is EventKind.CONVERSATION_TRIAGED:
        return "triage"
    if kind is EventKind.CONVERSATION_ERASED:
        return "erasures"
    return _TOPIC_OF_PREFIX.get(kind.split(".", maxsplit=1)[0])
