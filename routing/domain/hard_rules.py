"""What no plan may break: who may never be given whom, said without the solver's rules, costs or parameters.

Meant to be looser than any policy and never stricter: proficiency, hours and courtesy are the matcher's business,
licence, skill, language, conflicts of interest and limits are not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from routing.domain.conversation import Conversation
from routing.domain.cop import Cop, CopId
from routing.domain.issue import Taxonomy
from routing.domain.limits import Conflict, LimitKind, WorkLimit, forbidden_for
from routing.domain.market import Market
from routing.domain.pack import Pack
from routing.domain.service_level import age_seconds

COUNTS_FROM = 0.5
"""A limit counts a conversation that is at least as likely as not of its issue types."""
ROUNDING = 1e-6


class Breach(StrEnum):
    """What is wrong with giving a conversation to a COp."""

    UNKNOWN_CONVERSATION = "unknown_conversation"
    UNKNOWN_COP = "unknown_cop"
    TWICE = "twice"
    OVERFULL = "overfull"
    CHANNEL = "channel"
    MARKET = "market"
    SKILL = "skill"
    LANGUAGE = "language"
    CONFLICT = "conflict"
    SOFTWARE = "software"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class HardRules:
    """What of a pack nobody may go against; past the share `language_at` of the target any language will do."""

    taxonomy: Taxonomy
    markets: Mapping[str, Market]
    language_at: float
    conflicts: tuple[Conflict, ...]
    software: frozenset[CopId]

    @classmethod
    def of(cls, pack: Pack) -> "HardRules":
        """Those of a whole pack."""
        overflow, limits = pack.overflow, pack.limits
        return cls(pack.taxonomy, pack.markets, overflow.language_at, limits.conflicts, pack.software)

    def breach(self, conversation: Conversation, cop: Cop, at: datetime) -> Breach | None:
        """The first rule against this pair at `at`; None when there is none."""
        return next((rule for rule, kept in self._kept(conversation, cop, at) if not kept), None)

    def _kept(self, conversation: Conversation, cop: Cop, at: datetime) -> Iterator[tuple[Breach, bool]]:
        yield Breach.CHANNEL, cop.capacity.get(conversation.channel, 0) > 0
        yield Breach.MARKET, not cop.markets.isdisjoint(self._markets_of(conversation))
        yield Breach.SKILL, self._is_skilled(conversation, cop)
        yield Breach.LANGUAGE, self._is_understood(conversation, cop, at)
        yield Breach.CONFLICT, cop.id not in forbidden_for(self.conflicts, conversation.customer_id)
        yield Breach.SOFTWARE, cop.software is None or cop.software.may_attempt(conversation, self.software)

    def _markets_of(self, conversation: Conversation) -> tuple[str, ...]:
        home = self.markets.get(conversation.market)
        return (conversation.market, *(home.backups if home else ()))

    def _is_skilled(self, conversation: Conversation, cop: Cop) -> bool:
        known = (self.taxonomy.issue_types.get(key) for key, _ in conversation.candidates)
        return any(cop.skills.get(each.skill, 0.0) > 0 for each in known if each is not None)

    def _is_understood(self, conversation: Conversation, cop: Cop, at: datetime) -> bool:
        waited = age_seconds(conversation.waiting_since, at) + ROUNDING
        patience = self.language_at * conversation.target_seconds
        speaks = cop.languages.get(conversation.language or "", 0.0) > 0
        return speaks or conversation.fast_lane or waited >= patience


class Room:
    """What limits leave, counted down as work is given."""

    def __init__(self, limits: tuple[WorkLimit, ...]) -> None:
        self._limits = limits
        self._left = [limit.most for limit in limits]

    def take(self, conversation: Conversation, cop_id: CopId) -> bool:
        """Count one pair; False, and nothing counted, where some limit has no room for it."""
        counting = [place for place, limit in enumerate(self._limits) if _counts(limit, conversation, cop_id)]
        if any(self._left[place] < 1 for place in counting):
            return False
        for place in counting:
            self._left[place] -= 1
        return True


def _counts(limit: WorkLimit, conversation: Conversation, cop_id: CopId) -> bool:
    if cop_id not in limit.cop_ids or (limit.kind is not LimitKind.QUOTA and conversation.fast_lane):
        return False
    if limit.issue_types is None:
        return True
    total = sum(probability for _, probability in conversation.candidates)
    likely = sum(probability for key, probability in conversation.candidates if key in limit.issue_types)
    # Halfway is the solver's to say: a limit is broken where it is beyond doubt.
    return likely > COUNTS_FROM * total + ROUNDING
