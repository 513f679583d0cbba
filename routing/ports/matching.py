"""What matches everyone waiting to COps: the snapshot it is given, and the plan it returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from routing.domain.conversation import Conversation, ConversationId
from routing.domain.cop import Cop, CopId, CopStatus
from routing.domain.experiment import Experiment, Turn
from routing.domain.issue import Taxonomy
from routing.domain.limits import Conflict, WorkLimit
from routing.domain.market import Market
from routing.domain.outcome import HandleTimeStatistics
from routing.domain.overflow import NO_OVERFLOW, Overflow
from routing.domain.practice import PracticeDue
from routing.domain.tick import KeptTimes, TickRecord
from routing.domain.why import TriedOut


@dataclass(frozen=True, slots=True)
class MatchingProblem:
    """One snapshot of a matching group: who waits, who could take them, and how long work takes.

    `overflow` and `markets` say how far the search for each goes now; `limits` and `conflicts` what holds beyond skill;
    `practices` what COps at work are still to be given to learn; `software` is whatever of the roster is no person, at
    work or not. `turn`: whose turn it is in `experiment`; None where everybody is matched by the policy in force, as
    the fast lane may be, or where no block of it is under way. `idle_since`: since when each COp was offered, took
    and finished nothing; known only where the turn asks for it. `facts_seen`: the newest fact when it was read.
    """

    at: datetime
    conversations: tuple[Conversation, ...]
    cops: tuple[tuple[Cop, CopStatus], ...]
    taxonomy: Taxonomy
    handle_times: tuple[HandleTimeStatistics, ...]
    markets: Mapping[str, Market] = field(default_factory=dict)
    overflow: Overflow = NO_OVERFLOW
    limits: tuple[WorkLimit, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    software: frozenset[CopId] = frozenset()
    practices: tuple[PracticeDue, ...] = ()
    idle_since: Mapping[CopId, datetime] = field(default_factory=dict)
    experiment: Experiment | None = None
    turn: Turn | None = None
    facts_seen: int = 0


@dataclass(frozen=True, slots=True)
class PlannedOffer:
    """One pair of a plan; `why` holds cost terms and the runner-up, ready to be stored."""

    conversation_id: ConversationId
    cop_id: CopId
    why: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MatchingPlan:
    """A checked plan; `fallback_reason` tells why the greedy plan stands in, None when it does not.

    `prices_at`: when the prices of scarce time were worked out that steered it; None for an unpriced plan, for the
    reason in `unpriced_because`. `snapshot`: what it was made from, to be kept with the tick and explained from later,
    but for its handle times, which are `known_times`.
    """

    offers: tuple[PlannedOffer, ...]
    unassigned: Mapping[str, str]
    solver: str
    fallback_reason: str | None
    solve_ms: float
    policy_version: str = ""
    prices_at: datetime | None = None
    unpriced_because: str | None = None
    snapshot: bytes = b""
    known_times: KeptTimes | None = None


class Matcher(Protocol):
    """Matches everyone waiting to COps at once; every plan it returns has passed the independent checker."""

    def match(self, problem: MatchingProblem) -> MatchingPlan: ...


class Explainer(Protocol):
    """Tells why a recorded tick gave a conversation to whom it did; Refused where it cannot be solved again."""

    def explain(self, tick: TickRecord, snapshot: bytes, conversation_id: str) -> TriedOut: ...
