"""The live taxonomy and markets."""

from typing import Self

from api.schemas.base import Shown
from routing.domain.pack import Pack


class ServiceTargetReply(Shown):
    """`share` of conversations (0-1] answered within `seconds`."""

    share: float
    seconds: float


class IssueTypeReply(Shown):
    """What a customer's problem can be."""

    key: str
    name: str
    description: str
    family: str
    skill: str
    priority: int
    service_target: ServiceTargetReply
    handle_time_seconds: float
    vulnerable: bool
    fraud: bool


class FamilyName(Shown):
    """A group of issue types."""

    key: str
    name: str


class MarketReply(Shown):
    """A country's operation; the first language is the default."""

    key: str
    name: str
    languages: list[str]
    time_zone: str
    matching_group: str


class TaxonomyReply(Shown):
    """One version of what the service knows how to route."""

    version: str
    families: list[FamilyName]
    issue_types: list[IssueTypeReply]
    markets: list[MarketReply]

    @classmethod
    def of(cls, pack: Pack) -> Self:
        """The live pack's taxonomy and markets."""
        return cls(
            version=pack.taxonomy.version,
            families=[FamilyName.model_validate(family) for family in pack.taxonomy.families.values()],
            issue_types=[IssueTypeReply.model_validate(kind) for kind in pack.taxonomy.issue_types.values()],
            markets=[MarketReply.model_validate(market) for market in pack.markets.values()],
        )
