"""Warns of skills that nobody on shift has during a market's open hours."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from routing.adapters.pack.errors import PackError
from routing.adapters.pack.reading import FLOOR_NAME
from routing.adapters.pack.values import DAYS
from routing.domain.market import Market
from routing.domain.pack import Pack

# Any Monday in any ordinary week will do: shifts repeat weekly.
_MONDAY = datetime(2026, 2, 2)  # noqa: DTZ001 - the market's zone is added below


def skills_without_cover(pack: Pack) -> Iterator[PackError]:
    """One warning per market and skill with open hours in which no COp who has the skill is on shift."""
    needed = sorted({issue_type.skill for issue_type in pack.taxonomy.issue_types.values()})
    for market in pack.markets.values():
        hours = _open_hours(market)
        present = [_skills_on_shift(pack, market, hour) for hour in hours]
        for skill in needed:
            bare = [hour for hour, skills in zip(hours, present, strict=True) if skill not in skills]
            if bare:
                yield _uncovered(market, skill, bare, len(hours))


def _open_hours(market: Market) -> list[datetime]:
    """The local hours of a week that begin while the market is open."""
    monday = _MONDAY.replace(tzinfo=ZoneInfo(market.time_zone))
    week = [monday + timedelta(hours=hour) for hour in range(7 * 24)]
    opening = market.opening
    return [
        hour
        for hour in week
        if hour.weekday() in opening.days and opening.start_minute <= hour.hour * 60 < opening.end_minute
    ]


def _skills_on_shift(pack: Pack, market: Market, at: datetime) -> set[str]:
    people = (cop for cop in pack.roster.values() if cop.software is None)
    there = (cop for cop in people if market.key in cop.markets and cop.shift.covers(at))
    return {skill for cop in there for skill, proficiency in cop.skills.items() if proficiency > 0}


def _uncovered(market: Market, skill: str, bare: list[datetime], open_hours: int) -> PackError:
    first = f"{DAYS[bare[0].weekday()]} {bare[0]:%H:%M}"
    value = f"{skill}: nobody on shift in {len(bare)} of {open_hours} open hours"
    allowed = f"better a COp with the skill on shift in every open hour; the first bare one is {first}"
    return PackError(FLOOR_NAME, f"market[key={market.key}].opening", value, allowed)
