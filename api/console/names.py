"""What people call the things of the pack, or their keys; a market's zone; the beginnings of messages."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from routing.domain.cop import CopId
from routing.domain.issue import Taxonomy
from routing.domain.pack import Pack

LONGEST_SNIPPET = 160


def issue_name(taxonomy: Taxonomy, key: str) -> str:
    """An issue type."""
    known = taxonomy.issue_types.get(key)
    return known.name if known else key


def family_name(taxonomy: Taxonomy, key: str) -> str:
    """A family of issue types."""
    known = taxonomy.families.get(key)
    return known.name if known else key


def market_name(pack: Pack, key: str) -> str:
    """A market."""
    known = pack.markets.get(key)
    return known.name if known else key


def zone_of(pack: Pack, market: str) -> tzinfo:
    """The zone whose clocks a market goes by; UTC where the pack has no such market."""
    known = pack.markets.get(market)
    return ZoneInfo(known.time_zone) if known else UTC


def cop_name(pack: Pack, id: str) -> str:
    """A COp."""
    known = pack.roster.get(CopId(id))
    return known.name if known else id


def snippet(text: str) -> str:
    """The beginning of a message, on one line."""
    return " ".join(text[: LONGEST_SNIPPET * 2].split())[:LONGEST_SNIPPET]
