"""Erasing what is stored of a customer: the receipt that remains, holds that forbid it, and where copies linger."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NewType

from routing.domain.conversation import Conversation, ConversationId
from routing.domain.errors import Refused

ErasureId = NewType("ErasureId", str)
HoldId = NewType("HoldId", str)
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Pseudonym:
    """What stays of a customer's reference: a keyed digest in hexadecimal, and which key made it."""

    digest: str
    key_id: str


@dataclass(frozen=True, slots=True)
class AffectedModel:
    """A model that learned from erased labels: train anew, and promote the result, to be rid of what it knows.

    `labels`: how many of them; None where nobody wrote down what this model was taught, so that it may know any.
    """

    version: str
    state: str
    labels: int | None


@dataclass(frozen=True, slots=True)
class Lingering:
    """A copy that erasure cannot reach: where, and until when; None where nobody but its keeper knows."""

    place: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class RecordedErasure:
    """What is kept outside the database of an erasure: enough to ask for it again of an older database, no more."""

    id: ErasureId
    customer: Pseudonym
    asked_at: datetime

    def reaches(self, conversation: Conversation) -> bool:
        """Whether this conversation began before the erasure was asked; what came later is a new customer's."""
        return conversation.received_at < self.asked_at


@dataclass(frozen=True, slots=True)
class Erasure:
    """The receipt of one erasure; it holds no personal data. `done_at` is None while it is under way.

    `counts` says what was taken away where; `first` names the erasure of the same customer that came before.
    """

    id: ErasureId
    customer: Pseudonym
    asked_by: str
    asked_at: datetime
    reason: str
    counts: Mapping[str, int] = field(default_factory=dict)
    models: tuple[AffectedModel, ...] = ()
    lingering: tuple[Lingering, ...] = ()
    first: ErasureId | None = None
    done_at: datetime | None = None

    def having(self, more: Mapping[str, int]) -> "Erasure":
        """The same with more taken away."""
        names = (*self.counts, *(name for name in more if name not in self.counts))
        return replace(self, counts={name: self.counts.get(name, 0) + more.get(name, 0) for name in names})

    @property
    def recorded(self) -> RecordedErasure:
        """What is kept of it outside the database."""
        return RecordedErasure(self.id, self.customer, self.asked_at)

    @property
    def total(self) -> int:
        """How many things were taken away."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Traces:
    """By what somebody is found outside the database: their reference, their conversations, their words."""

    customer_id: str
    conversations: tuple[ConversationId, ...] = ()
    words: tuple[str, ...] = ()
    models: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """What a record that is about them names."""
        return (self.customer_id, *self.conversations)


@dataclass(frozen=True, slots=True)
class Hold:
    """Somebody's order that a customer, or one conversation, is neither erased nor purged until it is lifted."""

    id: HoldId
    reason: str
    set_by: str
    set_at: datetime
    customer_id: str | None = None
    conversation_id: str | None = None
    lifted_by: str | None = None
    lifted_at: datetime | None = None

    @property
    def kind(self) -> str:
        """What it covers."""
        return "customer" if self.customer_id is not None else "conversation"

    def lifted(self, by: str, at: datetime) -> "Hold":
        """The hold at its end; Refused where it has ended."""
        if self.lifted_at is not None:
            raise Refused(f"hold {self.id} was lifted at {self.lifted_at.isoformat()}")
        return replace(self, lifted_by=by, lifted_at=at)


class UnderHold(Refused):
    """A hold forbids to erase."""

    code = "under_hold"

    def __init__(self, hold: Hold) -> None:
        super().__init__(
            f"hold {hold.id} on a {hold.kind} of this customer ({hold.reason}) forbids to erase; "
            "an admin lifts it when its reason has ended"
        )


class NotEnded(Refused):
    """Conversations that somebody still waits in, or works on, are not taken away under their hands."""

    code = "not_ended"

    def __init__(self, open_ones: Mapping[str, str]) -> None:
        named = ", ".join(f"{id} ({state})" for id, state in list(open_ones.items())[:MOST_NAMED])
        super().__init__(
            f"{len(open_ones)} conversations of this customer have not ended: {named}; "
            "wrap them up, or tell that the customer left, and ask again"
        )
