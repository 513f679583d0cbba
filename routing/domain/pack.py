"""The pack: the taxonomy, markets and roster that a service runs on, and the messages it learns from."""

from collections.abc import Mapping
from dataclasses import dataclass

from routing.domain.cop import Cop, CopId
from routing.domain.errors import Invalid
from routing.domain.issue import Taxonomy

LabelledMessage = tuple[str, str]
"""(text, issue type key)"""


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Local hours in which a market answers; weekdays 0-6, minutes since local midnight, end exclusive."""

    days: frozenset[int]
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class Market:
    """A country's operation: its languages (the first is the default), clock and matching group."""

    key: str
    name: str
    languages: tuple[str, ...]
    time_zone: str
    matching_group: str
    opening: OpeningHours


@dataclass(frozen=True, slots=True)
class Pack:
    """One version of the files a team edits, validated as a whole. `version` is a digest of their content."""

    version: str
    taxonomy: Taxonomy
    markets: Mapping[str, Market]
    roster: Mapping[CopId, Cop]
    training_examples: tuple[LabelledMessage, ...] = ()
    held_out_examples: tuple[LabelledMessage, ...] = ()
    outside_calibration: tuple[str, ...] = ()
    outside_held_out: tuple[str, ...] = ()

    def market(self, key: str) -> Market:
        """The market with this key; Invalid names those that exist."""
        if key not in self.markets:
            raise Invalid("market", key, ", ".join(sorted(self.markets)))
        return self.markets[key]

    @property
    def matching_groups(self) -> dict[str, tuple[str, ...]]:
        """Matching group -> the markets that share COps in it."""
        groups: dict[str, list[str]] = {}
        for market in self.markets.values():
            groups.setdefault(market.matching_group, []).append(market.key)
        return {group: tuple(sorted(keys)) for group, keys in sorted(groups.items())}

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language some market speaks, defaults first."""
        return tuple(dict.fromkeys(code for market in self.markets.values() for code in market.languages))
