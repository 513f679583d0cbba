"""Who is calling, and how far they reach: the principal behind a token, and the caller on one route."""

from dataclasses import dataclass

from api.roles import Role
from routing.domain.cop import CopId
from routing.domain.market import Markets


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody, or something, that was recognised. `markets` None means every market.

    `requests_per_second` is their own allowance; None means everybody's.
    """

    name: str
    roles: frozenset[Role]
    cop_id: CopId | None = None
    markets: Markets = None
    requests_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal on one route. `acting_as` is the only COp they may touch; None means any.

    `markets` are those whose objects exist for them; None means every market.
    """

    name: str
    acting_as: CopId | None = None
    markets: Markets = None


LOCAL_ADMIN = Principal("local-admin", frozenset({Role.ADMIN}))
