"""What a COp's desk shows: presence, offers with their countdown, and the work at hand with its wrap-up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from api.console import wording
from api.console.names import issue_name, market_name, zone_of
from api.console.speech import _, marked
from api.console.views_choices import ChoiceGroup, choices
from routing.domain.cop import Presence
from routing.domain.issue import Taxonomy
from routing.domain.offer import Assignment, Offer
from routing.domain.outcome import Disposition
from routing.domain.pack import Pack
from routing.domain.service_level import age_seconds
from routing.services.desk import Desk, Matter
from routing.services.floor_memory import CopView

MOST_MESSAGES = 30
MOST_CANDIDATES = 5
PRESENCES = (
    (Presence.AVAILABLE, marked("Available"), marked("New conversations are offered to you.")),
    (Presence.BUSY, marked("Busy"), marked("Nothing new; what you were offered stays yours to answer.")),
    (Presence.AWAY, marked("Away"), marked("Nothing new; open offers go back at once.")),
    (Presence.OFFLINE, marked("Off"), marked("Your day is over; open offers go back at once.")),
)
DISPOSITIONS = (
    (Disposition.RESOLVED, marked("Resolved")),
    (Disposition.FOLLOW_UP_NEEDED, marked("Follow-up needed")),
    (Disposition.CUSTOMER_LEFT, marked("Customer left")),
    (Disposition.DUPLICATE, marked("Duplicate")),
    (Disposition.NOT_OURS, marked("Not for us")),
)
DECLINES = (
    marked("On another call"),
    marked("About to take a break"),
    marked("Conflict of interest"),
    marked("Outside what I can do"),
)
"""Kept as they stand here, whatever the language they were read in."""
AUTHORS = {"customer": marked("Customer")}


@dataclass(frozen=True, slots=True)
class PresenceChoice:
    """One of the things a COp may say of themselves."""

    key: str
    name: str
    meaning: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Said:
    """One message."""

    author: str
    mine: bool
    at: str
    time: str
    text: str


@dataclass(frozen=True, slots=True)
class MatterView:
    """A conversation; `issue` is what it is taken for, `unsure` the others it may be, with their probabilities."""

    id: str
    issue: str
    unsure: tuple[str, ...]
    facts: tuple[str, ...]
    flags: tuple[str, ...]
    waited: str
    messages: tuple[Said, ...]
    earlier: int


@dataclass(frozen=True, slots=True)
class OfferView:
    """One conversation to be answered until `expires_at`."""

    id: str
    expires_at: str
    left: str
    matter: MatterView


@dataclass(frozen=True, slots=True)
class TypeChoice:
    """One issue type of the wrap-up."""

    key: str
    name: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class WorkView:
    """One conversation under way. `likely` are the types it may be, the likeliest first; `needs` what else to meet."""

    id: str
    since: str
    chosen: bool
    matter: MatterView
    likely: tuple[TypeChoice, ...]
    needs: tuple[TypeChoice, ...]


@dataclass(frozen=True, slots=True)
class DeskView:
    """The desk, ready to be shown."""

    cop_id: str
    name: str
    at: str
    time: str
    on_shift: bool
    presence: tuple[PresenceChoice, ...]
    takes_work: bool
    load: int
    capacity: int
    offers: tuple[OfferView, ...]
    work: tuple[WorkView, ...]
    groups: tuple[ChoiceGroup, ...]

    @property
    def current(self) -> WorkView | None:
        """The work that is shown in full."""
        return next((each for each in self.work if each.chosen), None)


def desk_view(found: Desk, pack: Pack, chosen: str = "") -> DeskView:
    """The desk as the page shows it; `chosen` is the work to open, the oldest where it is none of theirs."""
    cop = found.cop.cop
    ids = [assignment.id for assignment, _ in found.work]
    opened = chosen if chosen in ids else next(iter(ids), "")
    return DeskView(
        cop_id=cop.id,
        name=cop.name,
        at=found.at.isoformat(),
        time=wording.time_of_day(found.at),
        on_shift=found.cop.on_shift,
        presence=_presence(found.cop),
        takes_work=found.cop.free_slots > 0,
        load=found.cop.status.total_load,
        capacity=sum(cop.capacity.values()),
        offers=tuple(_offer(offer, matter, pack, found.at) for offer, matter in found.offers),
        work=tuple(_work(each, matter, pack, found.at, each.id == opened) for each, matter in found.work),
        groups=choices(pack.taxonomy),
    )


def _presence(view: CopView) -> tuple[PresenceChoice, ...]:
    now = view.status.presence
    return tuple(PresenceChoice(str(key), _(name), _(meaning), key is now) for key, name, meaning in PRESENCES)


def _offer(offer: Offer, matter: Matter, pack: Pack, at: datetime) -> OfferView:
    left = wording.clock((offer.expires_at - at).total_seconds())
    return OfferView(offer.id, offer.expires_at.isoformat(), left, _matter(matter, pack, at))


def _work(assignment: Assignment, matter: Matter, pack: Pack, at: datetime, chosen: bool) -> WorkView:
    return WorkView(
        id=assignment.id,
        since=assignment.started_at.isoformat(),
        chosen=chosen,
        matter=_matter(matter, pack, at),
        likely=likely(assignment, matter, pack.taxonomy),
        needs=tuple(TypeChoice(key, _name(pack.taxonomy, key), False) for key in matter.needs),
    )


def likely(assignment: Assignment, matter: Matter, taxonomy: Taxonomy) -> tuple[TypeChoice, ...]:
    """What it may have been, the suggestion first: what it was matched as, then what triage found likely."""
    found = matter.triage.distribution if matter.triage else ()
    suggested = matter.conversation.issue_type or assignment.issue_type
    keys = dict.fromkeys(key for key in (suggested, *(key for key, _ in found)) if key in taxonomy.keys)
    return tuple(
        TypeChoice(key, _name(taxonomy, key), place == 0) for place, key in enumerate(list(keys)[:MOST_CANDIDATES])
    )


def _matter(matter: Matter, pack: Pack, at: datetime) -> MatterView:
    conversation, taxonomy = matter.conversation, pack.taxonomy
    certain = len(conversation.candidates) < 2
    zone = zone_of(pack, conversation.market)
    return MatterView(
        id=conversation.id,
        issue=_name(taxonomy, conversation.issue_type or ""),
        unsure=() if certain else tuple(_odds(taxonomy, each) for each in conversation.candidates),
        facts=(
            wording.plain(conversation.channel),
            market_name(pack, conversation.market),
            wording.language(conversation.language),
            _("priority {priority}").format(priority=conversation.priority),
        ),
        flags=_flags(matter),
        waited=wording.clock(age_seconds(conversation.waiting_since, at)),
        messages=tuple(_said(matter, place, zone) for place in range(len(matter.messages))[-MOST_MESSAGES:]),
        earlier=max(0, len(matter.messages) - MOST_MESSAGES),
    )


def _odds(taxonomy: Taxonomy, candidate: tuple[str, float]) -> str:
    return f"{_name(taxonomy, candidate[0])} {wording.percent(candidate[1])}"


def _flags(matter: Matter) -> tuple[str, ...]:
    conversation = matter.conversation
    alerts = [wording.plain(kind) for kind in conversation.alerts]
    flags: Sequence[str] = [
        *([_("Vulnerable customer")] if conversation.vulnerable else []),
        *([_("Possible fraud")] if conversation.fraud else []),
        *alerts,
    ]
    return tuple(dict.fromkeys(flags))


def _said(matter: Matter, place: int, zone: tzinfo) -> Said:
    message = matter.messages[place]
    author = _(AUTHORS[message.author]) if message.author in AUTHORS else message.author
    mine, time = message.author != "customer", wording.time_of_day(message.at, zone)
    return Said(author, mine, message.at.isoformat(), time, message.text)


def _name(taxonomy: Taxonomy, key: str) -> str:
    return issue_name(taxonomy, key) or _("Not yet understood")
