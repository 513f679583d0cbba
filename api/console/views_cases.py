"""What is shown beside a message: decided cases like it, and what else its customer wrote about."""

from collections.abc import Iterable
from dataclasses import dataclass

from api.console import wording
from api.console.names import snippet, zone_of
from api.console.speech import _
from api.console.views_queue import verdict_name
from routing.domain.conversation import Conversation
from routing.domain.issue import Taxonomy
from routing.domain.label import Label
from routing.domain.pack import Pack

LEAST_ALIKE = 0.05


@dataclass(frozen=True, slots=True)
class Similar:
    """A case that somebody decided, near in meaning."""

    text: str
    decided: str
    by: str
    percent: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """Another conversation of the same customer."""

    id: str
    day: str
    at: str
    issue: str
    state: str
    channel: str


def similar(cases: Iterable[tuple[Label, float]], taxonomy: Taxonomy) -> tuple[Similar, ...]:
    """Decided cases as lines, nearest first."""
    return tuple(
        Similar(
            text=snippet(label.text),
            decided=verdict_name(label.issue_type, taxonomy),
            by=label.decided_by,
            percent=wording.percent(nearness),
        )
        for label, nearness in cases
        if nearness >= LEAST_ALIKE
    )


def earlier(found: Iterable[Conversation], pack: Pack) -> tuple[Earlier, ...]:
    """A customer's other conversations as lines, newest first."""
    return tuple(
        Earlier(
            id=each.id,
            day=wording.day_and_time(each.received_at, zone_of(pack, each.market)),
            at=each.received_at.isoformat(),
            issue=_issue(pack.taxonomy, each.issue_type),
            state=_(wording.STATES[each.state]),
            channel=wording.plain(each.channel),
        )
        for each in found
    )


def _issue(taxonomy: Taxonomy, key: str | None) -> str:
    return _("not understood yet") if key is None else verdict_name(key, taxonomy)
