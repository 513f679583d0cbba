"""The error tree of the routing service.

RoutingError
├── NotFound              nothing has that id
├── Refused               the rules say no: the state, the role or the clock
│   ├── IllegalTransition   the entity is not in a state that allows this
│   ├── OfferExpired        accepted after its deadline
│   ├── NotTheOwner         another COp or manager holds it
│   └── UnknownIssueType    not in the live taxonomy
├── Conflict              somebody else was first; read again and retry
│   ├── StaleState          the row changed since it was read
│   ├── EditedMeanwhile     somebody else edited the same since it was looked at
│   ├── AlreadyAssigned     the conversation has a live offer or assignment
│   ├── CapacityExceeded    the COp holds as much as they may
│   ├── LeadershipLost      another process matches this group now
│   └── IdempotencyMismatch the same key came with a different request
├── Invalid               a value is outside what is allowed
│   └── InvalidEdit         an edit, with everything that is wrong in it
└── Unavailable           a part the service needs does not answer now
"""

from collections.abc import Sequence

from routing.domain.edit import EditFault


class RoutingError(Exception):
    """Root of everything the service raises on purpose; `code` is stable and machine-readable."""

    code = "routing_error"


class NotFound(RoutingError):
    """Nothing of this kind has that id."""

    code = "not_found"

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"no {kind} has the id {id!r}")
        self.kind, self.id = kind, id


class Refused(RoutingError):
    """The request is well-formed, and the rules say no."""

    code = "refused"


class IllegalTransition(Refused):
    """An entity was asked for a step its state does not allow."""

    code = "illegal_transition"

    def __init__(self, kind: str, id: str, state: str, step: str, allowed: str) -> None:
        super().__init__(f"{kind} {id} is {state}; {step} is allowed only when it is {allowed}")


class OfferExpired(Refused):
    """The offer's deadline has passed; the conversation is already on its way to somebody else."""

    code = "offer_expired"

    def __init__(self, offer_id: str, expired_at: str) -> None:
        super().__init__(f"offer {offer_id} lapsed at {expired_at}; ask for the COp's current offers")


class NotTheOwner(Refused):
    """Somebody else holds this offer, assignment or review item."""

    code = "not_the_owner"

    def __init__(self, kind: str, id: str, owner: str) -> None:
        super().__init__(f"{kind} {id} is held by {owner}")


class UnknownIssueType(Refused):
    """A verdict, correction or label named a type the live taxonomy does not have."""

    code = "unknown_issue_type"

    def __init__(self, key: str) -> None:
        super().__init__(f"issue type {key!r} is not in the live taxonomy; see GET /v1/taxonomy")


class Conflict(RoutingError):
    """Somebody else was first; read again and retry."""

    code = "conflict"


class StaleState(Conflict):
    """The row changed between reading and saving."""

    code = "stale_state"

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"{kind} {id} changed since it was read; read it again and retry")


class EditedMeanwhile(Conflict):
    """Somebody else edited the same since it was looked at; nothing was taken over."""

    code = "edited_meanwhile"

    def __init__(self, subject: str, number: int, by: str) -> None:
        super().__init__(
            f"{by} edited the {subject} meanwhile (version {number}); nothing was changed, look at it again"
        )


class AlreadyAssigned(Conflict):
    """The database refused a second live offer or assignment for one conversation."""

    code = "already_assigned"

    def __init__(self, conversation_id: str) -> None:
        super().__init__(f"conversation {conversation_id} already has a live offer or assignment")


class CapacityExceeded(Conflict):
    """The database refused load above the COp's capacity on a channel."""

    code = "capacity_exceeded"

    def __init__(self, cop_id: str, channel: str) -> None:
        super().__init__(f"COp {cop_id} has no free {channel} slot")


class LeadershipLost(Conflict):
    """The matching lease of a group moved to another process during a tick."""

    code = "leadership_lost"

    def __init__(self, group: str, epoch: int) -> None:
        super().__init__(f"epoch {epoch} no longer leads the matching group {group}")


class IdempotencyMismatch(Conflict):
    """An Idempotency-Key was used again with a different request."""

    code = "idempotency_mismatch"

    def __init__(self, key: str) -> None:
        super().__init__(f"Idempotency-Key {key!r} was first used with a different request")


class Invalid(RoutingError):
    """A value is outside what is allowed."""

    code = "invalid"

    def __init__(self, place: str, value: object, allowed: str) -> None:
        super().__init__(f"{place} is {value!r}; allowed: {allowed}")
        self.place, self.value, self.allowed = place, value, allowed


class InvalidEdit(Invalid):
    """An edit that cannot be; `faults` holds everything that is wrong with it."""

    def __init__(self, faults: Sequence[EditFault]) -> None:
        first = faults[0]
        super().__init__(first.place, first.value, first.allowed)
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


class Unavailable(RoutingError):
    """A part the service needs (model, database, broker) does not answer now."""

    code = "unavailable"
