"""What stands beside the account of a conversation: what can be done with it, who decided it, and erasure."""

from collections.abc import Iterable
from dataclasses import dataclass

from api.console import wording
from api.console.access import Viewer
from api.console.names import cop_name, issue_name, zone_of
from api.console.speech import _
from routing.domain.conversation import ENDED, ConversationState
from routing.domain.erasure import Erasure
from routing.domain.pack import Pack
from routing.domain.why import Better, Flip, TriedOut
from routing.services.deciders import Decider
from routing.services.erasure import Preview
from routing.services.reporting import ConversationView
from routing.services.rerouting import MAY_MOVE


@dataclass(frozen=True, slots=True)
class Actions:
    """What the viewer may do now. `assignment`: the work that can be handed on, empty where nobody works on it."""

    reroute: bool
    send_back: bool
    assignment: str
    erase: bool
    tried_out: bool


def actions(view: ConversationView, viewer: Viewer, may_try: bool) -> Actions:
    """By the state of the conversation and the viewer's roles; the services refuse the same and more."""
    found = view.conversation
    moves = found.state in MAY_MOVE
    may_erase = viewer.administers and viewer.markets is None
    return Actions(
        reroute=moves,
        send_back=moves and found.state is not ConversationState.IN_REVIEW and not found.fast_lane,
        assignment=view.assignment.id if view.assignment else "",
        erase=may_erase and found.customer_id is not None and found.state in ENDED,
        tried_out=may_try and view.conversation.state is not ConversationState.RECEIVED,
    )


@dataclass(frozen=True, slots=True)
class DeciderLine:
    """One decision in words."""

    time: str
    at: str
    who: str
    version: str
    result: str


def decider_lines(found: Iterable[Decider], pack: Pack, market: str) -> tuple[DeciderLine, ...]:
    """Decisions as lines, oldest first."""
    return tuple(
        DeciderLine(
            wording.time_of_day(each.at, zone_of(pack, market)),
            each.at.isoformat(),
            _(wording.DECIDERS[each.kind]),
            each.version or _(wording.UNKNOWN),
            cop_name(pack, each.result) if each.kind == "policy" else issue_name(pack.taxonomy, each.result),
        )
        for each in found
    )


@dataclass(frozen=True, slots=True)
class TriedOutShown:
    """Why this COp, tried out, in sentences."""

    decided_by: str
    better: tuple[str, ...]
    barred: tuple[str, ...]
    flips: tuple[str, ...]


def tried_out_shown(found: TriedOut, pack: Pack) -> TriedOutShown:
    """What the tick's record tells, as the page says it."""
    return TriedOutShown(
        decided_by=_term(found.decided_by or ""),
        better=tuple(_better(each, pack) for each in found.better),
        barred=tuple(wording.barred(rule, count) for rule, count in found.barred),
        flips=tuple(_flip(each, pack) for each in found.flips),
    )


def _better(each: Better, pack: Pack) -> str:
    return wording.better(cop_name(pack, each.cop_id), each.seconds, each.obstacle, each.rules)


def _flip(each: Flip, pack: Pack) -> str:
    cop = cop_name(pack, each.cop_id) if each.cop_id else ""
    then = cop_name(pack, each.then) if each.then else None
    about = wording.within(_term(each.term)) if each.term else wording.rule_said(each.rule or "")
    return wording.flip(wording.changed(each.kind, cop, about, each.seconds), then)


def _term(name: str) -> str:
    return _(wording.TERMS[name]) if name in wording.TERMS else wording.plain(name)


@dataclass(frozen=True, slots=True)
class ErasurePage:
    """What an erasure would take away, what stands against it, and the receipts there are."""

    counts: tuple[tuple[str, int], ...]
    models: tuple[str, ...]
    against: tuple[str, ...]
    before: tuple[str, ...]


def erasure_page(found: Preview) -> ErasurePage:
    """The preview in words; ids of conversations are the caller's own and stay as they are."""
    held = [wording.held(hold.id, hold.kind, hold.reason) for hold in found.holds]
    open_ones = [wording.still_open(id, state) for id, state in found.open_ones.items()]
    return ErasurePage(
        counts=tuple((wording.plain(name), count) for name, count in found.counts.items() if count),
        models=tuple(wording.taught(each.version, each.state, each.labels) for each in found.models),
        against=(*held, *open_ones),
        before=tuple(each.id for each in found.before),
    )


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """The receipt of an erasure."""

    id: str
    by: str
    time: str
    reason: str
    counts: tuple[tuple[str, int], ...]
    models: tuple[str, ...]
    lingering: tuple[tuple[str, str], ...]


def receipt_page(found: Erasure) -> ReceiptPage:
    """The receipt in words."""
    return ReceiptPage(
        id=found.id,
        by=found.asked_by,
        time=wording.day_and_time(found.done_at or found.asked_at),
        reason=found.reason,
        counts=tuple((wording.plain(name), count) for name, count in found.counts.items() if count),
        models=tuple(wording.taught(each.version, each.state, each.labels) for each in found.models),
        lingering=tuple(
            (each.place, wording.day_and_time(each.until) if each.until else _(wording.UNKNOWN))
            for each in found.lingering
        ),
    )
