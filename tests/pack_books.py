"""Files to edit for doors whose pack is made by hand: what the live pack says, and no fault found with any edit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from routing.domain.edit import Edit, EditFault, EditSubject, Values
from routing.domain.pack import Pack
from routing.ports import PackSource

WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


@dataclass(frozen=True)
class PackBooks:
    """ports.Books; edits are stored, shown and never gone by."""

    packs: PackSource

    def base(self, subject: EditSubject) -> Values:
        if subject is EditSubject.POLICY:
            return {"matching": {"price_weight": 2.4}}
        said = {
            EditSubject.ROSTER: roster_of,
            EditSubject.TAXONOMY: taxonomy_of,
            EditSubject.MARKETS: markets_of,
            EditSubject.AGENTS: agents_of,
        }
        return said[subject](self.packs.current())

    def faults(self, subject: EditSubject, content: Values) -> Sequence[EditFault]:
        assert subject in EditSubject and content is not None
        return []

    def lay(self, edits: Mapping[EditSubject, Edit | None]) -> bool:
        assert set(edits) == set(EditSubject)
        return False


def roster_of(pack: Pack) -> dict[str, dict[str, Any]]:
    """The roster as a file would say it; everybody works round the clock."""
    return {
        str(cop.id): {
            "name": cop.name,
            "team": cop.team,
            "markets": sorted(cop.markets),
            "languages": dict(cop.languages),
            "skills": dict(cop.skills),
            "capacity": {str(channel): most for channel, most in cop.capacity.items()},
            "shift": {"days": WEEK, "start": "00:00", "end": "24:00", "time_zone": cop.shift.time_zone},
        }
        for cop in pack.roster.values()
        if cop.software is None
    }


def taxonomy_of(pack: Pack) -> dict[str, dict[str, Any]]:
    """The issue types as files would say them."""
    return {
        kind.key: {
            "name": kind.name,
            "description": kind.description,
            "family": kind.family,
            "priority": kind.priority,
            "service_target": {"share": kind.service_target.share, "seconds": kind.service_target.seconds},
        }
        for kind in pack.taxonomy.issue_types.values()
    }


def markets_of(pack: Pack) -> dict[str, dict[str, Any]]:
    """The markets as a file would say them; every one is open round the clock."""
    return {
        market.key: {
            "name": market.name,
            "languages": list(market.languages),
            "time_zone": market.time_zone,
            "opening": {"days": WEEK, "start": "00:00", "end": "24:00"},
            "holidays": [],
            "backups": list(market.backups),
        }
        for market in pack.markets.values()
    }


def agents_of(pack: Pack) -> dict[str, dict[str, Any]]:
    """The software of the roster as a file would say it."""
    return {
        str(cop.id): {
            "name": cop.name,
            "markets": sorted(cop.markets),
            "languages": sorted(cop.languages),
            "capacity": {str(channel): most for channel, most in cop.capacity.items()},
            "success": dict(cop.software.success),
            "handle_time_seconds": cop.software.handle_time_seconds,
            "failure_cost_seconds": cop.software.failure_cost_seconds,
            "least_certainty": cop.software.least_certainty,
        }
        for cop in pack.roster.values()
        if cop.software is not None
    }
