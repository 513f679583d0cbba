"""The verdicts of the last days: agreement, time and haste, altogether, by day, and by person where that is allowed."""

from dataclasses import dataclass
from datetime import timedelta

from routing.domain.market import Markets
from routing.domain.review_quality import OfDay, Quality, by_day, by_person, decided_ones, quality_of
from routing.services.context import Context

MOST_VERDICTS = 20_000


@dataclass(frozen=True, slots=True)
class QualityReport:
    """`people` is None where the policy keeps individuals' performance out (`individual_performance`)."""

    days: int
    altogether: Quality
    daily: tuple[OfDay, ...]
    people: tuple[tuple[str, Quality], ...] | None


def report(context: Context, days: int, within: Markets = None) -> QualityReport:
    """How the items opened in the last `days` and decided since were decided; the newest MOST_VERDICTS of them."""
    since = context.clock.now() - timedelta(days=days)
    with context.store.reading() as uow:
        decided = decided_ones(uow.reviews.decided_since(since, MOST_VERDICTS, within))
    people = tuple(by_person(decided)) if context.policy.individual_performance else None
    return QualityReport(days, quality_of(decided), tuple(by_day(decided)), people)
