"""What is kept of how long work takes, where who did it must not be known."""

from routing.domain.events import EventKind
from routing.domain.outcome import NOBODY, HandleTimeStatistics
from routing.services.context import Context, Subject, record

SERVICE = "pointsman"


def forget_individuals(context: Context) -> int:
    """With individual performance switched off, merge what was learned of COps into their issue types.

    Returns how many COps' statistics were taken away; 0 when it is on, or nothing individual is left.
    """
    if context.policy.individual_performance:
        return 0
    with context.store.transaction() as uow:
        rows = uow.handle_times.all()
        individual = [row for row in rows if row.cop_id != NOBODY]
        if individual:
            uow.handle_times.clear()
            for merged in _by_type(rows):
                uow.handle_times.save(merged)
            now = context.clock.now()
            record(uow, EventKind.INDIVIDUALS_FORGOTTEN, now, SERVICE, Subject(), statistics=len(individual))
            uow.commit()
    return len(individual)


def _by_type(rows: list[HandleTimeStatistics]) -> list[HandleTimeStatistics]:
    merged: dict[str, HandleTimeStatistics] = {}
    for row in rows:
        known = merged.get(row.issue_type, HandleTimeStatistics(row.issue_type, NOBODY))
        merged[row.issue_type] = known.merged(row)
    return [merged[key] for key in sorted(merged)]
