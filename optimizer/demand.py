"""How much arrives of each kind, and how busy the floor is: counts that forget exponentially."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from optimizer.pricing import PricingParameters

Kind = tuple[Hashable, Hashable, Hashable]
"""(issue type, market, language), by whatever names or indices the caller uses"""

FORGOTTEN = 1e-6
"""A kind of which less than a millionth of an arrival is remembered is dropped."""


@dataclass(frozen=True, slots=True)
class Demand:
    """Arrivals by kind as far as they are remembered, over `weight_seconds` of remembered time.

    An uncertain conversation counts as its share of each issue type. `arrivals` and `seen_seconds` forget nothing.
    """

    counts: Mapping[Kind, float] = field(default_factory=dict)
    weight_seconds: float = 0.0
    arrivals: float = 0.0
    seen_seconds: float = 0.0

    def observed(self, arrived: Mapping[Kind, float], seconds: float, half_life_seconds: float) -> "Demand":
        """After `seconds` more in which `arrived` came.

        Raises ValueError for a span or a count that is negative or not finite.
        """
        if not 0 <= seconds < float("inf") or any(not 0 <= count < float("inf") for count in arrived.values()):
            raise ValueError(f"{seconds} s and counts {dict(arrived)} are not allowed; they must be finite, from 0 on")
        kept = 0.5 ** (seconds / half_life_seconds)
        counts = {kind: count * kept for kind, count in self.counts.items() if count * kept > FORGOTTEN}
        for kind, count in arrived.items():
            counts[kind] = counts.get(kind, 0.0) + count
        weight = self.weight_seconds * kept + seconds
        total = self.arrivals + sum(arrived.values())
        return Demand(counts, weight, total, self.seen_seconds + seconds)

    def rates(self) -> dict[Kind, float]:
        """Arrivals a second of each kind; empty where nothing was watched yet."""
        return {kind: count / self.weight_seconds for kind, count in self.counts.items()} if self.weight_seconds else {}

    def lacks(self, p: PricingParameters) -> str | None:
        """What is still missing before prices can be worked out, in words, or None."""
        if self.arrivals < p.fewest_arrivals:
            return f"{self.arrivals:.0f} arrivals seen, {p.fewest_arrivals:g} are needed"
        if self.seen_seconds < p.shortest_view_seconds:
            return f"{self.seen_seconds:.0f} s watched, {p.shortest_view_seconds:g} s are needed"
        return None


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Share of the floor's slots in use, smoothed; `value` is None before the first reading."""

    value: float | None = None

    def observed(self, used: float, slots: float, seconds: float, half_life_seconds: float) -> "Occupancy":
        """After a reading of `used` of `slots`, `seconds` after the last; a floor without slots tells nothing."""
        if slots <= 0:
            return self
        now = min(max(used / slots, 0.0), 1.0)
        kept = 0.0 if self.value is None else 0.5 ** (max(seconds, 0.0) / half_life_seconds)
        return Occupancy(now if self.value is None else kept * self.value + (1 - kept) * now)
