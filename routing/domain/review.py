"""The gate, and the review item it opens: what people decide, and by when."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from routing.domain.alert import kind_in, reasons_of
from routing.domain.conversation import ConversationId
from routing.domain.errors import IllegalTransition, NotTheOwner
from routing.domain.issue import Decision, Taxonomy, Triage
from routing.domain.proposal import ProposalId
from routing.domain.worth import Reasons, Worth, escalated, still_teaches

ReviewId = NewType("ReviewId", str)
NEVER_WAITS = "fraud_or_vulnerable"


def gate(triage: Triage, taxonomy: Taxonomy, urgent_probability: float) -> Triage:
    """Settle where a triage goes: what may be fraud or vulnerability never waits for a review.

    `May be` means that the most probable type is such a one, or that such types together have at least
    `urgent_probability`: the prediction set would be too wide a net, it often holds one of them on a slim chance.
    An alert of the detector goes before all of that: whatever the classifier would have asked, nobody is held up by it.
    """
    if triage.alerts:
        return replace(triage, decision=Decision.AUTO, reasons=_with_alerts(triage))
    urgent = triage.issue_type in taxonomy.never_waiting
    urgent = urgent or _probability_of_urgent(triage, taxonomy) >= urgent_probability
    if urgent and triage.decision is Decision.REVIEW:
        return replace(triage, decision=Decision.AUTO, reasons=(*triage.reasons, NEVER_WAITS))
    return triage


def _with_alerts(triage: Triage) -> tuple[str, ...]:
    """The reasons as they were and the alerts, so that gating twice changes nothing."""
    others = tuple(reason for reason in triage.reasons if kind_in(reason) is None)
    return (*others, *reasons_of(triage.alerts))


def _probability_of_urgent(triage: Triage, taxonomy: Taxonomy) -> float:
    return sum(probability for key, probability in triage.distribution if key in taxonomy.never_waiting)


class ReviewState(StrEnum):
    """`open` and `claimed` hold the conversation; a `lapsed` item holds nothing, yet its verdict still teaches."""

    OPEN = "open"
    CLAIMED = "claimed"
    DECIDED = "decided"
    LAPSED = "lapsed"
    SUPERSEDED = "superseded"


UNDECIDED = frozenset({ReviewState.OPEN, ReviewState.CLAIMED, ReviewState.LAPSED})


@dataclass(frozen=True, slots=True, order=True)
class QueuePlace:
    """Where an item stands in the queue: the smaller one is asked first."""

    negated_value: float
    id: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's decision: the issue type, or None for `outside the taxonomy`.

    `needs` are the other issue types where a person found several needs, the most urgent first. `seconds`: how long the
    item had been held by whoever decided it; None where they never claimed it.
    """

    issue_type: str | None
    decided_by: str
    at: datetime
    needs: tuple[str, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """Somebody asks for another's judgement, in words; `to` names whose, None means any lead's."""

    by: str
    at: datetime
    note: str
    to: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One conversation in the disambiguation queue, until `deadline_at`; the highest `value` is asked first.

    `guess` is what the model `model_version` took it for. A `blind` item checks an automatic decision: it holds nothing
    from the start, and whoever decides it is not shown the guess before. `claimed_at`: since when whoever claims it has
    done so without a break. `proposal_id`: the new issue type that somebody proposed for it.
    """

    id: ReviewId
    conversation_id: ConversationId
    opened_at: datetime
    deadline_at: datetime
    reasons: tuple[str, ...] = ()
    state: ReviewState = ReviewState.OPEN
    claimed_by: str | None = None
    claim_expires_at: datetime | None = None
    skipped_by: tuple[str, ...] = ()
    lapsed_at: datetime | None = None
    verdict: Verdict | None = None
    value: float = 0.0
    value_reasons: Reasons = ()
    blind: bool = False
    guess: str | None = None
    model_version: str | None = None
    claimed_at: datetime | None = None
    escalation: Escalation | None = None
    proposal_id: ProposalId | None = None
    version: int = 0

    @property
    def place(self) -> QueuePlace:
        """Highest value first, the older first of equals."""
        return QueuePlace(-self.value, self.id)

    @property
    def hides_guess(self) -> bool:
        """Whether what the model said is still kept from whoever decides."""
        return self.blind and self.state is not ReviewState.DECIDED

    def holder(self, at: datetime) -> str | None:
        """Who holds a live claim at `at`."""
        live = self.claimed_by is not None and self.claim_expires_at is not None and at < self.claim_expires_at
        return self.claimed_by if live else None

    def claim(self, by: str, at: datetime, lease: timedelta) -> "ReviewItem":
        """Show others that `by` is on it; NotTheOwner while somebody else's claim lives."""
        self._require_undecided("a claim")
        self._require_holder(by, at)
        state = self.state if self.state is ReviewState.LAPSED else ReviewState.CLAIMED
        since = self.claimed_at if self.holder(at) == by and self.claimed_at else at
        return replace(self, state=state, claimed_by=by, claim_expires_at=at + lease, claimed_at=since)

    def skip(self, by: str, at: datetime) -> "ReviewItem":
        """Leave it to others."""
        self._require_undecided("a skip")
        self._require_holder(by, at)
        return self._left_by(by)

    def escalate(self, escalation: Escalation) -> "ReviewItem":
        """Leave it to a lead, with a note: it goes ahead of all that nobody escalated; its deadline stays."""
        self._require_undecided("an escalation")
        self._require_holder(escalation.by, escalation.at)
        worth = escalated(Worth(self.value, self.value_reasons))
        left = self._left_by(escalation.by)
        return replace(left, escalation=escalation, value=worth.value, value_reasons=worth.reasons)

    def propose(self, proposal_id: ProposalId, by: str, at: datetime) -> "ReviewItem":
        """Leave it to others as a case of a new issue type; it goes on by its deadline as before."""
        self._require_undecided("a proposal")
        self._require_holder(by, at)
        return replace(self._left_by(by), proposal_id=proposal_id)

    def decide(self, verdict: Verdict) -> "ReviewItem":
        """Settle it; after the deadline too, when the verdict only teaches."""
        self._require_undecided("a verdict")
        self._require_holder(verdict.decided_by, verdict.at)
        timed = replace(verdict, seconds=self._held_for(verdict))
        return replace(self._released(), state=ReviewState.DECIDED, verdict=timed)

    def undo(self, by: str) -> "ReviewItem":
        """Take one's own verdict back; an item past its deadline returns to `lapsed`."""
        if self.state is not ReviewState.DECIDED or self.verdict is None:
            raise IllegalTransition("review", self.id, self.state, "undo", ReviewState.DECIDED)
        if self.verdict.decided_by != by:
            raise NotTheOwner("verdict of review", self.id, self.verdict.decided_by)
        state = ReviewState.LAPSED if self.lapsed_at else ReviewState.OPEN
        return replace(self, state=state, verdict=None)

    def lapse(self, at: datetime) -> "ReviewItem":
        """The deadline passed: the conversation goes on under its uncertainty, a verdict is worth what it teaches."""
        if self.state not in (ReviewState.OPEN, ReviewState.CLAIMED):
            raise IllegalTransition("review", self.id, self.state, "lapse", "open or claimed")
        return replace(self, state=ReviewState.LAPSED, lapsed_at=at, value=still_teaches(self.value_reasons))

    def supersede(self) -> "ReviewItem":
        """The customer wrote again or left: this question is out of date."""
        self._require_undecided("superseding")
        return replace(self._released(), state=ReviewState.SUPERSEDED)

    def _left_by(self, by: str) -> "ReviewItem":
        state = ReviewState.OPEN if self.state is ReviewState.CLAIMED else self.state
        skipped = (*(name for name in self.skipped_by if name != by), by)
        return replace(self._released(), state=state, skipped_by=skipped)

    def _released(self) -> "ReviewItem":
        return replace(self, claimed_by=None, claim_expires_at=None, claimed_at=None)

    def _held_for(self, verdict: Verdict) -> float | None:
        mine = self.claimed_by == verdict.decided_by and self.claimed_at is not None
        return (verdict.at - self.claimed_at).total_seconds() if mine and self.claimed_at else None

    def _require_undecided(self, step: str) -> None:
        if self.state not in UNDECIDED:
            raise IllegalTransition("review", self.id, self.state, step, "open, claimed or lapsed")

    def _require_holder(self, by: str, at: datetime) -> None:
        holder = self.holder(at)
        if holder is not None and holder != by:
            raise NotTheOwner("review", self.id, holder)
