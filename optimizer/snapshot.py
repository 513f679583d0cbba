"""What the matcher sees at one moment: who waits, who is free, what is known about handle times."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from optimizer.parameters import MatchingParameters
from optimizer.side.limit import Limit
from optimizer.side.practice import Practice


@dataclass(frozen=True, slots=True)
class WaitingConversation:
    """One conversation nobody works on yet.

    `candidates` are issue types with their probabilities, from the triage (one pair when certain; they need
    not sum to 1, the matcher reads them relative to their sum). `priority` runs from 1 (most urgent) to 5.
    `forbidden_cop_ids` must never be given it, whatever happens; `least_proficiency` is asked for instead of the
    parameters' `min_proficiency`, once it has waited for long. `all_candidates`: by which limits count it, where
    `candidates` are only those that somebody at work covers; empty where they are all.
    """

    id: str
    candidates: tuple[tuple[str, float], ...]
    market: str
    language: str
    channel: str
    priority: int
    waiting_seconds: float
    target_seconds: float
    vulnerable: bool = False
    fraud: bool = False
    last_cop_id: str | None = None
    excluded_cop_ids: frozenset[str] = frozenset()
    forbidden_cop_ids: frozenset[str] = frozenset()
    least_proficiency: float | None = None
    all_candidates: tuple[tuple[str, float], ...] = ()

    def likely(self, issue_types: Collection[str]) -> float:
        """The probability that it is of one of these issue types, by all its candidates."""
        told = self.all_candidates or self.candidates
        wanted = math.fsum(probability for key, probability in told if key in issue_types)
        return wanted / math.fsum(probability for _, probability in told)


@dataclass(frozen=True, slots=True)
class IssueTypeFacts:
    """What the matcher needs of one issue type: the skill it takes and how long it usually takes."""

    key: str
    skill: str
    handle_time_seconds: float


@dataclass(frozen=True, slots=True)
class CopState:
    """One COp now: skills and languages with proficiency 0-1, free slots per channel, units held.

    `available` means present and on shift; `seconds_to_shift_end` is None where no end is known. `attempt_seconds`, of
    software only: by issue type, what its attempt is expected to cost the customer beyond a COp's usual work.
    `idle_seconds`: since they last were given or finished something, or came to work; only the rule of the longest idle
    asks.
    """

    id: str
    skills: Mapping[str, float]
    languages: Mapping[str, float]
    markets: frozenset[str]
    free: Mapping[str, int]
    load: int
    available: bool
    seconds_to_shift_end: float | None = None
    attempt_seconds: Mapping[str, float] = field(default_factory=dict)
    idle_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class HandleTimeFact:
    """What wrap-ups have taught about one COp on one issue type: count, mean and variance of log seconds.

    `var_log_seconds` is the sample variance (divided by count - 1), 0 for fewer than two.
    """

    issue_type: str
    cop_id: str
    count: int
    mean_log_seconds: float
    var_log_seconds: float


@dataclass(frozen=True, slots=True)
class SteeringFacts:
    """Prices of scarce time by name (see `optimizer.steering.Steering`), worked out at `at`.

    `cop_prices`: by COp; `cheapest`: by (issue type, market, language), in seconds of time to spare. A COp or a
    triple that is missing counts as unknown. `cop_reserves`: by COp, what the fast lane may lose by a slot of theirs
    being taken, in weighted seconds; nothing where a COp is missing. `seconds_between`: by triple, how often a slot
    of somebody able comes free.
    """

    at: datetime
    version: str
    occupancy: float
    trust: float
    cop_prices: Mapping[str, float]
    cheapest: Mapping[tuple[str, str, str], float]
    cop_reserves: Mapping[str, float] = field(default_factory=dict)
    seconds_between: Mapping[tuple[str, str, str], float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything one tick decides on, taken at `at` (UTC, aware); unpriced without `steering`."""

    at: datetime
    conversations: tuple[WaitingConversation, ...]
    cops: tuple[CopState, ...]
    issue_types: tuple[IssueTypeFacts, ...]
    handle_times: tuple[HandleTimeFact, ...] = ()
    parameters: MatchingParameters = field(default_factory=MatchingParameters)
    steering: SteeringFacts | None = None
    limits: tuple[Limit, ...] = ()
    practices: tuple[Practice, ...] = ()


def read_snapshot(path: Path) -> Snapshot:
    """Read a snapshot from JSON; raises `SnapshotInvalid` listing every fault of the file at once."""
    from optimizer.wire import snapshot_from_json

    return snapshot_from_json(path)
