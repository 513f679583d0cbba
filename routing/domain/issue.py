"""Issue types, the taxonomy they form, and the triage of one conversation over them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from routing.domain.errors import UnknownIssueType
from routing.domain.service_level import ServiceTarget

LANGUAGE_NOT_EVALUATED = "language_not_evaluated"
"""Why a person is asked although the classifier is sure: nobody knows how often it is right in that language."""


class Decision(StrEnum):
    """Where the gate sends a triage."""

    AUTO = "auto"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class IssueType:
    """What a customer's problem can be: a leaf of the taxonomy. `priority` 1 is the most urgent, 5 the least."""

    key: str
    name: str
    description: str
    family: str
    skill: str
    priority: int
    service_target: ServiceTarget
    handle_time_seconds: float
    vulnerable: bool = False
    fraud: bool = False

    @property
    def never_waits(self) -> bool:
        """Fraud and vulnerability are matched at once, reviewed or not."""
        return self.vulnerable or self.fraud


@dataclass(frozen=True, slots=True)
class Family:
    """A group of issue types that managers watch together."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The issue types of one version of the pack, by key; `keys` is every issue type's.

    `never_waiting`: those of fraud and vulnerability, which no review holds up.
    """

    version: str
    issue_types: Mapping[str, IssueType]
    families: Mapping[str, Family]
    keys: frozenset[str] = field(init=False, repr=False, compare=False)
    never_waiting: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Asked for each probability of each message.
        object.__setattr__(self, "keys", frozenset(self.issue_types))
        urgent = (key for key, facts in self.issue_types.items() if facts.never_waits)
        object.__setattr__(self, "never_waiting", frozenset(urgent))

    def get(self, key: str) -> IssueType:
        """The issue type with this key; UnknownIssueType when there is none."""
        if key not in self.issue_types:
            raise UnknownIssueType(key)
        return self.issue_types[key]


@dataclass(frozen=True, slots=True)
class Triage:
    """The classifier's answer for a conversation, and what the gate made of it.

    `distribution` holds (issue type, probability), most probable first; `novelty` is 0-1, high when the message seems
    outside the taxonomy. `needs` holds (issue type, confidence) of what the customer also wants, the most urgent first;
    as the classifier gives it, of every need it found where there are several, in the order they were written.
    `alerts` holds the kinds of circumstance that the detector found: a vulnerable customer, or fraud in progress.
    """

    issue_type: str
    confidence: float
    decision: Decision
    reasons: tuple[str, ...]
    novelty: float
    prediction_set: tuple[str, ...]
    distribution: tuple[tuple[str, float], ...]
    language: str
    language_confidence: float
    model_version: str
    at: datetime
    needs: tuple[tuple[str, float], ...] = ()
    alerts: tuple[str, ...] = ()

    def candidates(self, most: int) -> tuple[tuple[str, float], ...]:
        """The prediction set's types, at most `most`, with their probabilities scaled to sum to 1."""
        inside = [pair for pair in self.distribution if pair[0] in self.prediction_set][:most]
        chosen = inside or list(self.distribution[:1])
        total = sum(probability for _, probability in chosen)
        if total <= 0:
            return tuple((key, 1.0 / len(chosen)) for key, _ in chosen)
        return tuple((key, probability / total) for key, probability in chosen)
