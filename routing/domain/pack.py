"""The pack: the taxonomy, markets and roster that a service runs on, and the messages it learns from."""

from collections.abc import Mapping
from dataclasses import dataclass

from routing.domain.cop import Cop, CopId
from routing.domain.errors import Invalid
from routing.domain.experiment import Experiment
from routing.domain.issue import Taxonomy
from routing.domain.limits import NO_LIMITS, LimitRules
from routing.domain.market import Market
from routing.domain.overflow import NO_OVERFLOW, Overflow
from routing.domain.retention import BY_DEFAULT, Retention

LabelledMessage = tuple[str, str]
"""(text, issue type key)"""


@dataclass(frozen=True, slots=True)
class Pack:
    """One version of the files a team edits, validated as a whole. `version` is a digest of their content.

    `overflow` says how the search for a COp widens while a customer waits; without it only the language does. `limits`
    say what holds beyond skill; `experiment` which two policies take turns, `retention` how long things are kept.
    """

    version: str
    taxonomy: Taxonomy
    markets: Mapping[str, Market]
    roster: Mapping[CopId, Cop]
    training_examples: tuple[LabelledMessage, ...] = ()
    held_out_examples: tuple[LabelledMessage, ...] = ()
    outside_calibration: tuple[str, ...] = ()
    outside_held_out: tuple[str, ...] = ()
    overflow: Overflow = NO_OVERFLOW
    limits: LimitRules = NO_LIMITS
    experiment: Experiment | None = None
    retention: Retention = BY_DEFAULT

    def market(self, key: str) -> Market:
        """The market with this key; Invalid names those that exist."""
        if key not in self.markets:
            raise Invalid("market", key, ", ".join(sorted(self.markets)))
        return self.markets[key]

    @property
    def software(self) -> frozenset[CopId]:
        """The ids of everything on the roster that is software."""
        return frozenset(cop.id for cop in self.roster.values() if cop.software is not None)

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
