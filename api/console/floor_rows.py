"""What stands behind a number of the floor: conversations, COps, facts or ticks, as a table."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.console import wording
from api.console.names import cop_name, market_name, zone_of
from api.console.speech import _, marked
from api.console.views_watch import family_said, override_row
from routing.domain.conversation import QUEUED, Conversation
from routing.domain.errors import Invalid
from routing.domain.events import Event, EventKind
from routing.domain.market import Markets
from routing.domain.pack import Pack
from routing.domain.service_level import age_seconds
from routing.ports import ConversationFilter
from routing.services import floor_views, overrides
from routing.services.boundary import only_events, seen
from routing.services.context import Context
from routing.services.floor_views import family_of
from routing.services.floor_watch import slack_seconds

MOST = 500
MOST_LOOKED_AT = 5_000
HOUR = timedelta(hours=1)
EVER = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `conversation` opens its account."""

    cells: tuple[str, ...]
    conversation: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """A table with its title; `cut` says that there is more than is shown."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows: of what, and where."""

    what: str
    place: Mapping[str, str]
    within: Markets
    at: datetime

    def fits(self, pack: Pack, conversation: Conversation) -> bool:
        """Whether a conversation is of the market and family asked for."""
        market, family = self.place.get("market"), self.place.get("family")
        return market in (None, "", conversation.market) and family in (
            None,
            "",
            family_of(pack, conversation.issue_type),
        )


def rows_of(context: Context, what: str, place: Mapping[str, str], within: Markets) -> Rows:
    """The rows behind one number; Invalid for a number that the floor does not have."""
    if what not in TABLES:
        raise Invalid("what", what[:40], ", ".join(sorted(TABLES)))
    asked = Asked(what, place, within, context.clock.now())
    return TABLES[what](context, asked)


def _queued(context: Context, asked: Asked) -> Rows:
    """Those who wait, the least time left first."""
    pack = overrides.pack_in_force(context)
    markets = None if asked.within is None else sorted(asked.within)
    with context.store.reading() as uow:
        found = [c for state in sorted(QUEUED) for c in uow.conversations.in_state(state, markets, MOST_LOOKED_AT)]
    left = [(slack_seconds(pack, each, asked.at), each) for each in found if asked.fits(pack, each)]
    if asked.what == "late":
        left = [pair for pair in left if pair[0] < 0]
    left.sort(key=lambda pair: (pair[0], pair[1].id))
    lines = [
        Row((*_about(pack, each), wording.clock(age_seconds(each.waiting_since, asked.at)), _left(slack)), each.id)
        for slack, each in left[:MOST]
    ]
    title = _("Past their target") if asked.what == "late" else _("Waiting")
    return Rows(
        title,
        (_("Issue type"), _("Market"), _("State"), _("Waited"), _("Left to target")),
        tuple(lines),
        len(left) > MOST,
    )


def _left(slack: float) -> str:
    return ("−" if slack < 0 else "") + wording.clock(abs(slack))


def _about(pack: Pack, each: Conversation) -> tuple[str, str, str]:
    known = pack.taxonomy.issue_types.get(each.issue_type or "")
    return known.name if known else _("Not yet understood"), market_name(pack, each.market), wording.plain(each.state)


def _arrived(context: Context, asked: Asked) -> Rows:
    """Those who began in the last minutes, or in one hour of the last day."""
    pack, hour = context.packs.current(), asked.place.get("hour", "")
    since = asked.at - (timedelta(hours=24) if hour else HOUR)
    with context.store.reading() as uow:
        wanted = ConversationFilter(market=asked.place.get("market") or None, within=asked.within)
        newest = uow.conversations.page(wanted, None, MOST_LOOKED_AT)
    found = [
        each
        for each in newest
        if each.received_at >= since and asked.fits(pack, each) and hour in ("", str(each.received_at.hour))
    ]
    lines = [
        Row((*_about(pack, each), wording.time_of_day(each.received_at, zone_of(pack, each.market))), each.id)
        for each in found[:MOST]
    ]
    title = _("Began in the last hour")
    if hour.isdigit():
        title = _("Began between {start} and {end}").format(start=f"{int(hour):02d}:00", end=f"{int(hour):02d}:59")
    cut = len(found) > MOST or len(newest) == MOST_LOOKED_AT
    return Rows(title, (_("Issue type"), _("Market"), _("State"), _("Began")), tuple(lines), cut)


def _cops(context: Context, asked: Asked) -> Rows:
    pack = overrides.pack_in_force(context)
    market, family, standing = (asked.place.get(name, "") for name in ("market", "family", "standing"))
    skills = {kind.skill for kind in pack.taxonomy.issue_types.values() if family in ("", kind.family)}
    views = [view for view in floor_views.cops(context, pack) if seen(view.cop, asked.within)]
    found = [
        view
        for view in views
        if standing in ("", view.standing)
        and (not market or market in view.cop.markets)
        and (not family or any(view.cop.skills.get(skill, 0) > 0 for skill in skills))
    ]
    lines = [
        Row(
            (
                view.cop.name,
                view.cop.team,
                wording.standing(view.standing),
                _("{part} of {whole}").format(part=view.status.total_load, whole=sum(view.cop.capacity.values())),
                ", ".join(market_name(pack, key) for key in sorted(view.cop.markets)),
            )
        )
        for view in found[:MOST]
    ]
    title = _("COps: {standing}").format(standing=wording.standing(standing)) if standing else _("COps")
    return Rows(title, (_("COp"), _("Team"), _("Standing"), _("Holds"), _("Markets")), tuple(lines), len(found) > MOST)


def _facts(
    title: str, kind: EventKind, fits: Callable[[Event], bool] = lambda __: True, since: timedelta = HOUR
) -> Callable[..., Rows]:
    """The facts of one kind of the last hour, newest first."""

    def table(context: Context, asked: Asked) -> Rows:
        pack = context.packs.current()
        with context.store.reading() as uow:
            newest = uow.events.newest_of([kind], MOST_LOOKED_AT)
            recent = [each for each in newest if each.at >= asked.at - since and fits(each)]
            found = only_events(uow, pack, recent, asked.within)
        lines = [Row(_fact(pack, each), each.conversation_id or "") for each in found[:MOST]]
        cut = len(found) > MOST or len(newest) == MOST_LOOKED_AT
        said, columns = _(title), (_("At"), _("By"), _("COp"), _("What was said"))
        return Rows(said if since is EVER else _("{title}, last hour").format(title=said), columns, tuple(lines), cut)

    return table


def _fact(pack: Pack, each: Event) -> tuple[str, ...]:
    said = [each.data.get(name) for name in ("reason", "issue_type", "disposition")]
    words = ", ".join(str(value) for value in said if value)
    return wording.time_of_day(each.at), each.actor, cop_name(pack, each.cop_id or "") or "–", words or "–"


def _ticks(context: Context, asked: Asked) -> Rows:
    found = floor_views.floor(context, asked.within).ticks
    lines = [
        Row(
            (
                wording.time_of_day(tick.at),
                tick.group,
                str(tick.waiting),
                str(tick.offered),
                str(tick.refused),
                wording.milliseconds(tick.solve_ms),
                tick.solver,
                wording.fallback(tick.fallback_reason) if tick.fallback_reason else "–",
                tick.policy_version or "–",
            )
        )
        for tick in found
    ]
    names = (_("At"), _("Group"), _("Waiting"), _("Offered"), _("Refused"), _("Solver time"), _("Solver"))
    columns = (*names, _("Fallback"), _("Policy"))
    return Rows(_("Newest ticks"), columns, tuple(lines))


def _changes(context: Context, asked: Asked) -> Rows:
    pack = context.packs.current()
    found = [override_row(each, pack, asked.at) for each in overrides.newest(context, asked.within)]
    lines = _lines((each.what, each.by, each.reason, each.since, each.until, each.state) for each in found)
    return Rows(_("Changed for a while"), (_("What"), _("By"), _("Why"), _("From"), _("Until"), _("State")), lines)


def _lines(found: Iterable[Sequence[str]]) -> tuple[Row, ...]:
    return tuple(Row(tuple(cells)) for cells in found)


def place_said(pack: Pack, place: Mapping[str, str]) -> str:
    """Where the rows are from."""
    market, family = place.get("market"), place.get("family")
    parts = [market_name(pack, market) if market else "", family_said(pack, family) if family else ""]
    return ", ".join(part for part in parts if part)


def _decided(decision: str) -> Callable[[Event], bool]:
    return lambda event: event.data.get("decision") == decision


TABLES: Mapping[str, Callable[[Context, Asked], Rows]] = {
    "waiting": _queued,
    "late": _queued,
    "arrived": _arrived,
    "cops": _cops,
    "made": _facts(marked("Offers made"), EventKind.OFFER_MADE),
    "accepted": _facts(marked("Offers accepted"), EventKind.OFFER_ACCEPTED),
    "declined": _facts(marked("Offers declined"), EventKind.OFFER_DECLINED),
    "lapsed": _facts(marked("Offers lapsed"), EventKind.OFFER_LAPSED),
    "wrapped": _facts(marked("Wrapped up"), EventKind.ASSIGNMENT_WRAPPED_UP),
    "verdicts": _facts(marked("Verdicts"), EventKind.REVIEW_DECIDED),
    "auto": _facts(
        marked("Decided automatically"), EventKind.CONVERSATION_TRIAGED, lambda e: e.data.get("decision") == "auto"
    ),
    "review": _facts(
        marked("Sent to people"), EventKind.CONVERSATION_TRIAGED, lambda e: e.data.get("decision") == "review"
    ),
    "fallbacks": _facts(marked("Fallbacks"), EventKind.MATCHING_FELL_BACK, since=EVER),
    "ticks": _ticks,
    "changes": _changes,
}
