"""How long things are kept: days after a conversation ended, by market; what is past them is purged within a day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from enum import StrEnum

from routing.domain.errors import Invalid

LONGEST_DAYS = 36_500
_ALLOWED: dict[str, tuple[int, int]] = {
    "words_days": (1, LONGEST_DAYS),
    "labels_days": (1, LONGEST_DAYS),
    # Replies and the inbox know a conversation for fourteen days: until then it may be asked for again.
    "records_days": (15, LONGEST_DAYS),
}


class Kept(StrEnum):
    """What has a deadline of its own."""

    WORDS = "words"
    LABELS = "labels"
    RECORDS = "records"


@dataclass(frozen=True, slots=True)
class Terms:
    """Days after the end of a conversation: its messages, the labels made of them, and everything else about it.

    Whole days; neither words nor labels outlast the records they belong to.
    """

    words_days: int = 90
    labels_days: int = 730
    records_days: int = 730

    def __post_init__(self) -> None:
        for item in fields(self):
            low, high = _ALLOWED[item.name]
            if not low <= getattr(self, item.name) <= high:
                raise Invalid(f"retention.{item.name}", getattr(self, item.name), f"{low} to {high} days")
        for name in ("words_days", "labels_days"):
            if getattr(self, name) > self.records_days:
                raise Invalid(f"retention.{name}", getattr(self, name), f"at most records_days, {self.records_days}")

    def days(self, kept: Kept) -> int:
        """How long one kind is kept."""
        return int(getattr(self, f"{kept}_days"))


@dataclass(frozen=True, slots=True)
class Due:
    """What is past its deadline: conversations of `market` that ended before `before`.

    With `market` None those of every market that is not in `known`: a market that left the pack is purged too.
    """

    kept: Kept
    before: datetime
    market: str | None = None
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Retention:
    """The terms of every market, and of what belongs to none: what ticks were made from, and dead letters."""

    terms: Terms = field(default_factory=Terms)
    markets: Mapping[str, Terms] = field(default_factory=dict)
    ticks_days: int = 2
    dead_letters_days: int = 14

    def of(self, market: str) -> Terms:
        """A market's own terms, or the bank's."""
        return self.markets.get(market, self.terms)

    def due(self, at: datetime, markets: tuple[str, ...]) -> Iterator[Due]:
        """Every deadline at a moment, by kind and market; records last, for they take the rest with them."""
        for kept in Kept:
            for market in markets:
                yield Due(kept, at - timedelta(days=self.of(market).days(kept)), market)
            yield Due(kept, at - timedelta(days=self.terms.days(kept)), known=markets)


BY_DEFAULT = Retention()
