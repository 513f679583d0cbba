"""What the list of recent conversations and the account of one of them show."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from api.console import numerals, wording
from api.console.names import cop_name, issue_name, market_name, zone_of
from api.console.sentences import note
from api.console.speech import _
from api.console.views_words import Part, parts_of
from routing.domain.conversation import Conversation
from routing.domain.events import Event, EventKind
from routing.domain.issue import Taxonomy, Triage
from routing.domain.offer import Offer
from routing.domain.pack import Pack
from routing.domain.service_level import age_seconds
from routing.services.reporting import ConversationView, Explanation

UNITS_PER_SECOND = 100
LONGEST_SHOWN = 2_000
STATE_NAMES = wording.STATES


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """One line of the list; `late` says that the customer waits past the target."""

    id: str
    time: str
    state: str
    state_name: str
    issue: str
    cop: str
    wait: str
    late: bool
    channel: str
    selected: bool


@dataclass(frozen=True, slots=True)
class TermLine:
    """One reason for or against a COp, in seconds of weighted customer wait."""

    name: str
    amount: str
    speaks_for: bool
    width: str
    note: str


@dataclass(frozen=True, slots=True)
class OfferAccount:
    """Why this COp."""

    cop: str
    standing: str
    total: str
    terms: tuple[TermLine, ...]
    runner_up: str | None
    runner_up_total: str
    lead: str
    passed_over: str
    fallback: str | None


@dataclass(frozen=True, slots=True)
class TypeLine:
    """One issue type the triage weighed."""

    name: str
    percent: str
    width: str
    likely: bool


@dataclass(frozen=True, slots=True)
class TriageAccount:
    """Why this issue type."""

    decision: str
    reasons: tuple[str, ...]
    types: tuple[TypeLine, ...]
    novelty: str
    language: str
    model_version: str


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One fact of the history."""

    time: str
    at: str
    what: str
    who: str
    facts: str


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message; `more` counts the characters left out."""

    author: str
    time: str
    parts: tuple[Part, ...]
    more: int


@dataclass(frozen=True, slots=True)
class ConversationDetail:
    """One conversation with the account of every decision about it."""

    id: str
    issue: str
    state: str
    state_name: str
    wait: str
    channel: str
    market: str
    priority: int
    flags: tuple[str, ...]
    also_asked: tuple[str, ...]
    messages: tuple[MessageLine, ...]
    triage: TriageAccount | None
    offer: OfferAccount | None
    history: tuple[HistoryLine, ...]


def rows(
    found: Iterable[Conversation], pack: Pack, at: datetime, selected: str | None = None
) -> tuple[ConversationRow, ...]:
    """The list's lines, in the order given."""
    return tuple(_row(conversation, pack, at, selected) for conversation in found)


def _row(c: Conversation, pack: Pack, at: datetime, selected: str | None) -> ConversationRow:
    wait = _wait(c, at)
    return ConversationRow(
        id=c.id,
        time=wording.time_of_day(c.received_at, zone_of(pack, c.market)),
        state=c.state,
        state_name=_(STATE_NAMES[c.state]),
        issue=_issue(pack.taxonomy, c.issue_type),
        cop=cop_name(pack, c.last_cop_id) if c.last_cop_id else "",
        wait=wording.clock(wait),
        late=c.answered_at is None and c.ended_at is None and wait > c.target_seconds,
        channel=wording.plain(c.channel),
        selected=c.id == selected,
    )


def detail(view: ConversationView, account: Explanation, pack: Pack, at: datetime) -> ConversationDetail:
    """One conversation as the page shows it."""
    c = view.conversation
    return ConversationDetail(
        id=c.id,
        issue=_issue(pack.taxonomy, c.issue_type),
        state=c.state,
        state_name=_(STATE_NAMES[c.state]),
        wait=wording.clock(_wait(c, at)),
        channel=wording.plain(c.channel),
        market=market_name(pack, c.market),
        priority=c.priority,
        flags=_flags(c),
        also_asked=tuple(_issue(pack.taxonomy, key) for key in view.needs),
        messages=tuple(
            MessageLine(
                wording.author(m.author),
                wording.time_of_day(m.at, zone_of(pack, c.market)),
                parts_of(m.text[:LONGEST_SHOWN]),
                max(0, len(m.text) - LONGEST_SHOWN),
            )
            for m in view.messages
        ),
        triage=_triage(account.triage, pack.taxonomy),
        offer=_offer(account.offer, pack),
        history=tuple(_history(event, pack, zone_of(pack, c.market)) for event in account.history),
    )


def _flags(c: Conversation) -> tuple[str, ...]:
    lanes = tuple(name for name, is_set in ((_("Fraud"), c.fraud), (_("Vulnerable"), c.vulnerable)) if is_set)
    alerts = (_("Alert: {kind}").format(kind=wording.within(wording.plain(kind))) for kind in c.alerts)
    return (*lanes, *alerts)


def _wait(c: Conversation, at: datetime) -> float:
    return age_seconds(c.waiting_since, c.answered_at or c.ended_at or at)


def _triage(triage: Triage | None, taxonomy: Taxonomy) -> TriageAccount | None:
    if triage is None:
        return None
    return TriageAccount(
        decision=_("Decided automatically") if triage.decision == "auto" else _("Sent to a person"),
        reasons=tuple(wording.reason(code) for code in triage.reasons),
        types=tuple(
            TypeLine(_issue(taxonomy, key), wording.percent(p), wording.width(p), key in triage.prediction_set)
            for key, p in triage.distribution[:5]
        ),
        novelty=wording.percent(triage.novelty),
        language=wording.language(triage.language),
        model_version=triage.model_version,
    )


def _offer(offer: Offer | None, pack: Pack) -> OfferAccount | None:
    if offer is None:
        return None
    why: Mapping[str, Any] = offer.why
    terms = [term for term in why.get("terms") or () if term.get("value")]
    most = max((abs(float(term["value"])) for term in terms), default=1.0)
    runner_up: Mapping[str, Any] = why.get("runner_up") or {}
    value, second, reason = why.get("value"), runner_up.get("value"), why.get("fallback_reason")
    lead = None if value is None or second is None else float(value) - float(second)
    return OfferAccount(
        cop=cop_name(pack, offer.cop_id),
        standing=wording.standing(offer.state),
        total=_seconds(value),
        terms=tuple(_term(term, most) for term in terms),
        runner_up=cop_name(pack, str(runner_up["cop_id"])) if "cop_id" in runner_up else None,
        runner_up_total=_seconds(second),
        lead=_seconds(lead),
        passed_over=_passed_over(why.get("passed_over"), pack),
        fallback=wording.fallback(str(reason)) if reason else None,
    )


def _passed_over(ahead: Mapping[str, Any] | None, pack: Pack) -> str:
    """Who would have been worth more and had no slot for it."""
    if not ahead:
        return ""
    cop, seconds = cop_name(pack, str(ahead.get("cop_id"))), float(ahead.get("value", 0)) / UNITS_PER_SECOND
    return wording.better(cop, seconds, str(ahead.get("obstacle")), ())


def _term(term: Mapping[str, Any], most: float) -> TermLine:
    value = float(term["value"])
    name = str(term.get("name", ""))
    return TermLine(
        name=_(wording.TERMS[name]) if name in wording.TERMS else wording.plain(name),
        amount=_seconds(value),
        speaks_for=value > 0,
        width=wording.width(abs(value) / most),
        note=note(str(term.get("note", ""))),
    )


def _seconds(units: float | None) -> str:
    """Units of the objective (10 ms of weighted wait) as signed seconds."""
    if units is None:
        return "–"
    return wording.seconds(units / UNITS_PER_SECOND, "+,.0f")


def _history(event: Event, pack: Pack, zone: tzinfo) -> HistoryLine:
    facts = [f"{wording.plain(key)}: {_fact(value)}" for key, value in event.data.items() if _worth_showing(key, value)]
    cop = cop_name(pack, event.cop_id) if event.cop_id else ""
    what = _(wording.EVENTS[event.kind]) if event.kind in wording.EVENTS else wording.plain(event.kind)
    offered = event.kind is EventKind.OFFER_MADE and cop
    return HistoryLine(
        time=wording.time_of_day(event.at, zone),
        at=event.at.isoformat(),
        what=_("Offered to {name}").format(name=cop) if offered else what,
        who=cop if cop and event.actor == event.cop_id else wording.author(event.actor),
        facts="; ".join(facts),
    )


_DULL = frozenset({"expires_at", "deadline_at", "prediction_set", "market", "channel", "language"})


def _worth_showing(key: str, value: object) -> bool:
    return not key.endswith("_id") and key not in _DULL and value not in (None, "", [], ())


def _fact(value: object) -> str:
    if isinstance(value, float):
        return numerals.number(value, ".2f")
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return str(value)


def _issue(taxonomy: Taxonomy, key: str | None) -> str:
    return _("not understood yet") if key is None else issue_name(taxonomy, key)
