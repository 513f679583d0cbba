"""A limit on how many conversations some COps may be given in one tick."""

from dataclasses import dataclass
from enum import StrEnum

COUNTS_FROM = 0.5
"""A conversation counts where it is at least as likely as not one of the limit's issue types."""

TOLERANCE = 1e-9
"""Probabilities are sums of rounded numbers."""

MOST = 1_000_000_000
"""No limit is wider."""


class LimitKind(StrEnum):
    """What a limit is for; `QUOTA` binds everybody, the others spare the fast lane."""

    QUOTA = "quota"
    HARD_CASES = "hard_cases"
    LEARNING = "learning"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` of the conversations it counts go to the COps it names, all together, in this tick.

    It counts conversations that are likely of `issue_types` (None: all). Limits that are there for somebody's comfort
    or training, and not by contract, neither count nor hold fraud and vulnerable customers.
    """

    name: str
    cop_ids: frozenset[str]
    most: int
    issue_types: frozenset[str] | None = None
    kind: LimitKind = LimitKind.QUOTA

    @property
    def spares_fast_lane(self) -> bool:
        """Whether fraud and vulnerable customers pass it by."""
        return self.kind is not LimitKind.QUOTA
