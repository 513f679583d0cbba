"""What the floor shows: who waits, who works, what the matching did, and whether the service keeps up."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.console import wording
from api.console.sentences import unpriced
from api.console.speech import _, marked
from routing.domain.conversation import ConversationState
from routing.domain.events import EventKind
from routing.domain.issue import Taxonomy
from routing.domain.queue import FamilyQueue
from routing.domain.tick import TickRecord
from routing.services.floor_memory import CopView
from routing.services.floor_views import UNKNOWN_FAMILY, FloorView

MOST_NAMED = 150
STANDINGS = ("free", "busy", "away", "offline")
STATES = (
    (ConversationState.RECEIVED, marked("Being understood")),
    (ConversationState.IN_REVIEW, marked("In review")),
    (ConversationState.WAITING, marked("Waiting")),
    (ConversationState.OFFERED, marked("Offered")),
    (ConversationState.ASSIGNED, marked("With a COp")),
    (ConversationState.CLOSED, marked("Wrapped up")),
    (ConversationState.ABANDONED, marked("Left")),
)
ANSWERS = (
    (EventKind.OFFER_ACCEPTED, "accepted"),
    (EventKind.OFFER_DECLINED, "declined"),
    (EventKind.OFFER_LAPSED, "lapsed"),
)


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """One family's queue; `late` says that somebody must act."""

    name: str
    waiting: int
    width: str
    oldest: str
    past_target: int

    @property
    def late(self) -> bool:
        """Whether a customer of this family waits past the target."""
        return self.past_target > 0


@dataclass(frozen=True, slots=True)
class CopChip:
    """One COp: their standing, and how full they are."""

    name: str
    standing: str
    load: int
    capacity: int
    width: str


@dataclass(frozen=True, slots=True)
class Share:
    """A named part of a whole; `offset` and `width` place it on a bar of 100 units."""

    name: str
    count: int
    percent: str
    offset: str
    width: str


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One team: how its COps stand, and who they are (nobody is named on a roster longer than MOST_NAMED)."""

    name: str
    free: int
    size: int
    standing: tuple[Share, ...]
    members: tuple[CopChip, ...]


@dataclass(frozen=True, slots=True)
class Fallback:
    """How often the greedy plan stood in, and why."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Ticks:
    """The newest rounds of matching. `line` are the points of solver times on a 100 x 24 plane, oldest first.

    `prices`: of when the prices of scarce time were that steered the last one, or why it had none.
    """

    at: str
    solve: str
    waiting: int
    offered: int
    solver: str
    line: str
    slowest: str
    fell_back: bool
    prices: str
    policy: str


@dataclass(frozen=True, slots=True)
class FloorPage:
    """The floor, ready to be shown."""

    at: str
    time: str
    waiting: int
    oldest: str
    past_target: int
    in_review: int
    offered: int
    outbox: int
    last_seq: int
    families: tuple[FamilyRow, ...]
    standing: tuple[Share, ...]
    teams: tuple[TeamRow, ...]
    cop_count: int
    states: tuple[tuple[str, int], ...]
    ticks: Ticks | None
    fallbacks: tuple[Fallback, ...]
    offers_made: int
    answers: tuple[tuple[str, int], ...]
    decisions: tuple[Share, ...]
    verdicts: int
    wrapped_up: int
    model_version: str


def floor_page(view: FloorView, taxonomy: Taxonomy, model_version: str) -> FloorPage:
    """The floor as the page shows it."""
    queues = {row.family: row for row in view.families}
    hour = view.last_hour
    return FloorPage(
        at=view.at.isoformat(),
        time=wording.time_of_day(view.at),
        waiting=sum(row.waiting for row in view.families),
        oldest=wording.clock(max((row.oldest_wait_seconds for row in view.families), default=0.0)),
        past_target=sum(row.past_target for row in view.families),
        in_review=view.states.get(ConversationState.IN_REVIEW, 0),
        offered=view.pending_offers,
        outbox=view.outbox_pending,
        last_seq=view.last_seq,
        families=_families(queues, taxonomy),
        standing=shares([(name, view.standing.get(name, 0)) for name in STANDINGS]),
        teams=_teams(view.cops),
        cop_count=len(view.cops),
        states=tuple((_(name), view.states.get(state, 0)) for state, name in STATES),
        ticks=_ticks(view.ticks),
        fallbacks=_fallbacks(view.fallbacks),
        offers_made=hour.get(EventKind.OFFER_MADE, 0),
        answers=tuple((name, hour.get(kind, 0)) for kind, name in ANSWERS),
        decisions=shares([(name, view.decisions.get(name, 0)) for name in ("auto", "review")]),
        verdicts=hour.get(EventKind.REVIEW_DECIDED, 0),
        wrapped_up=hour.get(EventKind.ASSIGNMENT_WRAPPED_UP, 0),
        model_version=model_version,
    )


def shares(parts: Sequence[tuple[str, int]]) -> tuple[Share, ...]:
    """Parts of a whole, laid end to end on a bar of 100 units."""
    total = sum(count for _, count in parts)
    found, offset = [], 0.0
    for name, count in parts:
        share = count / total if total else 0.0
        found.append(Share(name, count, wording.percent(share), f"{offset:.2f}", f"{share * 100:.2f}"))
        offset += share * 100
    return tuple(found)


def _families(queues: Mapping[str, FamilyQueue], taxonomy: Taxonomy) -> tuple[FamilyRow, ...]:
    # The taxonomy's order, also for families where nobody waits: the eye finds a family where it was before.
    names = {key: family.name for key, family in taxonomy.families.items()}
    if UNKNOWN_FAMILY in queues:
        names[UNKNOWN_FAMILY] = wording.plain(UNKNOWN_FAMILY)
    most = max((row.waiting for row in queues.values()), default=0)
    return tuple(_family(name, queues.get(key, FamilyQueue(key, 0, 0.0, 0)), most) for key, name in names.items())


def _family(name: str, row: FamilyQueue, most: int) -> FamilyRow:
    width = wording.width(row.waiting / most if most else 0.0)
    oldest = wording.clock(row.oldest_wait_seconds) if row.waiting else "–"
    return FamilyRow(name, row.waiting, width, oldest, row.past_target)


def _teams(cops: Sequence[CopView]) -> tuple[TeamRow, ...]:
    teams: dict[str, list[CopView]] = {}
    for view in cops:
        teams.setdefault(view.cop.team, []).append(view)
    named = len(cops) <= MOST_NAMED
    return tuple(_team(name, members, named) for name, members in teams.items())


def _team(name: str, members: Sequence[CopView], named: bool) -> TeamRow:
    counts = Counter(view.standing for view in members)
    return TeamRow(
        name=name,
        free=counts["free"],
        size=len(members),
        standing=shares([(standing, counts[standing]) for standing in STANDINGS]),
        members=tuple(_chip(view) for view in members) if named else (),
    )


def _chip(view: CopView) -> CopChip:
    capacity = sum(view.cop.capacity.values())
    load = view.status.total_load
    return CopChip(view.cop.name, view.standing, load, capacity, wording.width(load / capacity if capacity else 0.0))


def _ticks(newest: Sequence[TickRecord]) -> Ticks | None:
    if not newest:
        return None
    records = sorted(newest, key=lambda tick: (tick.at, tick.id))
    last, slowest = records[-1], max(record.solve_ms for record in records)
    return Ticks(
        at=wording.time_of_day(last.at),
        solve=wording.milliseconds(last.solve_ms),
        waiting=last.waiting,
        offered=last.offered,
        solver=wording.plain(last.solver),
        line=_line([record.solve_ms for record in records]),
        slowest=wording.milliseconds(slowest),
        fell_back=last.fallback_reason is not None,
        prices=_prices(last),
        policy=last.policy_version,
    )


def _prices(tick: TickRecord) -> str:
    if tick.prices_at is not None:
        return _("steered by prices of {time}").format(time=wording.time_of_day(tick.prices_at))
    if not tick.unpriced_because:
        return _("without prices")
    return _("without prices: {why}").format(why=unpriced(tick.unpriced_because))


def _line(values: Sequence[float]) -> str:
    most, steps = max(*values, 0.001) if len(values) > 1 else max(values[0], 0.001), max(len(values) - 1, 1)
    points = values if len(values) > 1 else (values[0], values[0])
    return " ".join(f"{100 * i / steps:.1f},{23 - 22 * value / most:.1f}" for i, value in enumerate(points))


def _fallbacks(counts: Mapping[str, int]) -> tuple[Fallback, ...]:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Fallback(wording.fallback(reason), count) for reason, count in ordered)
