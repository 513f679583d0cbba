"""What the disambiguation queue shows: its rows, and one item with all that a manager needs to decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo

from api.console import wording
from api.console.names import issue_name, market_name, snippet, zone_of
from api.console.speech import _, marked, pgettext
from api.console.views_candidates import Candidate, candidates_of
from api.console.views_words import Part, parts_of
from routing.domain.attribution import Attribution
from routing.domain.issue import Taxonomy
from routing.domain.pack import Pack
from routing.domain.review import Escalation, ReviewItem, ReviewState, Verdict
from routing.domain.service_level import age_seconds
from routing.services.review_views import ReviewView

LONGEST_SHOWN = 1_200
URGENT_SECONDS = 15
WAITS = frozenset({ReviewState.OPEN, ReviewState.CLAIMED})
OUTSIDE = marked("Outside the taxonomy")
OUTSIDE_KEY = "-"
BLIND = marked("A blind check: the conversation is on its way; say what it is without seeing what the service said.")


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the queue. `holder` is somebody else's name; `mine` says that the reader holds it."""

    id: str
    snippet: str
    deadline: str
    remaining: str
    urgent: bool
    lapsed: bool
    holder: str | None
    mine: bool
    skipped: bool
    guess: str
    guess_percent: str
    asked_because: str
    channel: str
    selected: bool
    language: str = ""
    foreign: bool = False
    escalated: bool = False
    for_me: bool = False
    proposed: bool = False


@dataclass(frozen=True, slots=True)
class QueueView:
    """The queue as one reader sees it; `more_waiting` counts those past the end of the list."""

    waiting: tuple[QueueRow, ...]
    lapsed: tuple[QueueRow, ...]
    count_waiting: int
    count_lapsed: int

    @property
    def more_waiting(self) -> int:
        """How many wait beyond the rows that are listed."""
        return max(0, self.count_waiting - len(self.waiting))


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks, when, and at which item."""

    name: str
    at: datetime
    selected: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Why somebody asks for another's judgement."""

    by: str
    time: str
    to: str
    text: str


@dataclass(frozen=True, slots=True)
class Marks:
    """What is known of an item beside what is stored with it: telling words, the name of the type proposed."""

    words: Attribution | None = None
    proposal: str = ""


@dataclass(frozen=True, slots=True)
class ReviewDetail:
    """One item, ready to be decided."""

    id: str
    conversation_id: str
    parts: tuple[Part, ...]
    masked: int
    hidden_characters: int
    deadline: str
    remaining: str
    urgent: bool
    waiting: bool
    lapsed: bool
    closed: bool
    standing: str
    holder: str | None
    mine: bool
    reasons: tuple[str, ...]
    asked_because: str
    hidden: bool
    candidates: tuple[Candidate, ...]
    novelty: str
    language: str
    market: str
    channel: str
    waited: str
    model_version: str
    whole: bool
    weighable: bool
    escalation: Note | None
    proposal: str


def rows(views: Iterable[ReviewView], taxonomy: Taxonomy, reader: Reader) -> tuple[QueueRow, ...]:
    """The queue's lines, the most valuable first."""
    ordered = sorted(views, key=lambda view: view.item.place)
    return tuple(_row(view, taxonomy, reader) for view in ordered)


def _row(view: ReviewView, taxonomy: Taxonomy, reader: Reader) -> QueueRow:
    item, remaining = view.item, (view.item.deadline_at - reader.at).total_seconds()
    return QueueRow(
        id=item.id,
        snippet=snippet(view.text),
        deadline=item.deadline_at.isoformat(),
        remaining=wording.clock(remaining),
        urgent=item.state in WAITS and remaining < URGENT_SECONDS,
        lapsed=item.state is ReviewState.LAPSED,
        holder=_other(view.holder, reader),
        mine=view.holder == reader.name,
        skipped=reader.name in item.skipped_by,
        guess=guess_of(view, taxonomy),
        guess_percent=wording.percent(view.triage.confidence) if view.triage and not item.hides_guess else "",
        asked_because=wording.rank(item.value_reasons),
        channel=wording.plain(view.conversation.channel),
        selected=item.id == reader.selected,
        language=wording.language(view.conversation.language) if view.conversation.language else "",
        foreign=view.conversation.language not in (None, "", "en"),
        escalated=item.escalation is not None,
        for_me=item.escalation is not None and item.escalation.to == reader.name,
        proposed=item.proposal_id is not None,
    )


def guess_of(view: ReviewView, taxonomy: Taxonomy) -> str:
    """The first candidate's name, or why there is none to be seen."""
    if view.item.hides_guess:
        return _("blind check")
    return issue_name(taxonomy, view.triage.issue_type) if view.triage else _("not understood yet")


def detail(
    view: ReviewView, pack: Pack, reader: Reader, whole_text: bool = False, marks: Marks | None = None
) -> ReviewDetail:
    """One item as a reader sees it; `whole_text` shows a long message to its end."""
    marks = marks or Marks()
    item, conversation = view.item, view.conversation
    triage = None if item.hides_guess else view.triage
    shown = view.text if whole_text else view.text[:LONGEST_SHOWN]
    remaining = (item.deadline_at - reader.at).total_seconds()
    parts = parts_of(shown, view.messages, marks.words if triage else None)
    return ReviewDetail(
        id=item.id,
        conversation_id=conversation.id,
        parts=parts,
        masked=sum(part.kind == "masked" for part in parts),
        hidden_characters=len(view.text) - len(shown),
        deadline=item.deadline_at.isoformat(),
        remaining=wording.clock(remaining),
        urgent=remaining < URGENT_SECONDS,
        waiting=item.state in WAITS,
        lapsed=item.state is ReviewState.LAPSED,
        closed=item.state in (ReviewState.DECIDED, ReviewState.SUPERSEDED),
        standing=standing(item, pack.taxonomy, reader),
        holder=_other(view.holder, reader),
        mine=view.holder == reader.name,
        reasons=tuple(wording.reason(code) for code in item.reasons) or (_("The gate asked for a person."),),
        asked_because=wording.rank(item.value_reasons),
        hidden=item.hides_guess,
        candidates=candidates_of(triage, pack.taxonomy),
        novelty=wording.percent(triage.novelty) if triage else _("unknown"),
        language=_language(view),
        market=market_name(pack, conversation.market),
        channel=wording.plain(conversation.channel),
        waited=wording.clock(age_seconds(conversation.waiting_since, reader.at)),
        model_version=triage.model_version if triage else pgettext("a model", "none"),
        whole=whole_text,
        weighable=triage is not None and len(triage.distribution) > 1,
        escalation=_note(item.escalation, zone_of(pack, conversation.market)),
        proposal=marks.proposal,
    )


def _note(escalation: Escalation | None, zone: tzinfo) -> Note | None:
    if escalation is None:
        return None
    return Note(escalation.by, wording.time_of_day(escalation.at, zone), escalation.to or "", escalation.note)


def _language(view: ReviewView) -> str:
    """The language with how sure its detection is; the market's own where it is not sure enough to go by."""
    if view.triage is None:
        return wording.language(view.conversation.language)
    return wording.detected(view.triage.language, view.triage.language_confidence)


def standing(item: ReviewItem, taxonomy: Taxonomy, reader: Reader) -> str:
    """How an item stands, as a sentence."""
    if item.state is ReviewState.DECIDED and item.verdict is not None:
        return _decided(item, item.verdict, taxonomy, reader)
    if item.state is ReviewState.SUPERSEDED:
        return _("Out of date: the customer wrote again or left.")
    if item.state is ReviewState.LAPSED:
        return _(BLIND) if item.blind else _("Already on its way; your verdict still teaches.")
    holder = _other(item.holder(reader.at), reader)
    if holder:
        return _("{name} is on it.").format(name=holder)
    return _("You hold it.") if item.holder(reader.at) else _("Nobody holds it.")


def _decided(item: ReviewItem, verdict: Verdict, taxonomy: Taxonomy, reader: Reader) -> str:
    names = verdict_names(verdict.issue_type, verdict.needs, taxonomy)
    mine = verdict.decided_by == reader.name
    said = (_("Decided by you: {names}.") if mine else _("Decided by {name}: {names}.")).format(
        name=verdict.decided_by, names=names
    )
    if not item.blind:
        return said
    if verdict.issue_type == item.guess:
        return f"{said} {_('The service had decided the same.')}"
    told = _("The service had decided {name}.").format(name=verdict_name(item.guess, taxonomy))
    return f"{said} {told}"


def verdict_name(key: str | None, taxonomy: Taxonomy) -> str:
    """A verdict in words."""
    return _(OUTSIDE) if key is None else issue_name(taxonomy, key)


def verdict_names(issue_type: str | None, needs: Iterable[str], taxonomy: Taxonomy) -> str:
    """A verdict in words, with the needs besides."""
    first, others = verdict_name(issue_type, taxonomy), ", ".join(issue_name(taxonomy, key) for key in needs)
    return _("{first}; also {others}").format(first=first, others=others) if others else first


def _other(holder: str | None, reader: Reader) -> str | None:
    return holder if holder != reader.name else None
