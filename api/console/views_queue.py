"""What the disambiguation queue shows: its rows, and one item with all that a manager needs to decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from api.console import wording
from routing.domain.issue import Taxonomy, Triage
from routing.domain.label import Label
from routing.domain.pack import Pack
from routing.domain.review import ReviewItem, ReviewState, Verdict
from routing.domain.service_level import age_seconds
from routing.services.review_views import ReviewView

MOST_CANDIDATES = 9
FEWEST_CANDIDATES = 5
LEAST_PROBABILITY = 0.01
LEAST_ALIKE = 0.05
LONGEST_SNIPPET = 160
LONGEST_SHOWN = 1_200
URGENT_SECONDS = 15
WAITS = frozenset({ReviewState.OPEN, ReviewState.CLAIMED})
OUTSIDE = "Outside the taxonomy"
BLIND = "A blind check: the conversation is on its way; say what it is without seeing what the service said."


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
class Candidate:
    """One issue type that may be meant; `number` is its key, `likely` says that it is in the prediction set."""

    number: int
    key: str
    name: str
    family: str
    percent: str
    width: str
    likely: bool


@dataclass(frozen=True, slots=True)
class Similar:
    """A case that somebody decided, near in meaning."""

    text: str
    decided: str
    by: str
    percent: str


@dataclass(frozen=True, slots=True)
class ReviewDetail:
    """One item, ready to be decided."""

    id: str
    conversation_id: str
    text: str
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


def rows(views: Iterable[ReviewView], taxonomy: Taxonomy, reader: Reader) -> tuple[QueueRow, ...]:
    """The queue's lines, the most valuable first."""
    ordered = sorted(views, key=lambda view: view.item.place)
    return tuple(_row(view, taxonomy, reader) for view in ordered)


def _row(view: ReviewView, taxonomy: Taxonomy, reader: Reader) -> QueueRow:
    item, remaining = view.item, (view.item.deadline_at - reader.at).total_seconds()
    return QueueRow(
        id=item.id,
        snippet=" ".join(view.text[: LONGEST_SNIPPET * 2].split())[:LONGEST_SNIPPET],
        deadline=item.deadline_at.isoformat(),
        remaining=wording.clock(remaining),
        urgent=item.state in WAITS and remaining < URGENT_SECONDS,
        lapsed=item.state is ReviewState.LAPSED,
        holder=_other(view.holder, reader),
        mine=view.holder == reader.name,
        skipped=reader.name in item.skipped_by,
        guess=_guess(view, taxonomy),
        guess_percent=wording.percent(view.triage.confidence) if view.triage and not item.hides_guess else "",
        asked_because=wording.rank(item.value_reasons),
        channel=wording.plain(view.conversation.channel),
        selected=item.id == reader.selected,
    )


def _guess(view: ReviewView, taxonomy: Taxonomy) -> str:
    if view.item.hides_guess:
        return "blind check"
    return _name(taxonomy, view.triage.issue_type) if view.triage else "not understood yet"


def detail(view: ReviewView, pack: Pack, reader: Reader, whole_text: bool = False) -> ReviewDetail:
    """One item as a reader sees it; `whole_text` shows a long message to its end."""
    item, conversation = view.item, view.conversation
    triage = None if item.hides_guess else view.triage
    shown = view.text if whole_text else view.text[:LONGEST_SHOWN]
    remaining = (item.deadline_at - reader.at).total_seconds()
    market = pack.markets.get(conversation.market)
    return ReviewDetail(
        id=item.id,
        conversation_id=conversation.id,
        text=shown,
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
        reasons=tuple(wording.reason(code) for code in item.reasons) or ("The gate asked for a person.",),
        asked_because=wording.rank(item.value_reasons),
        hidden=item.hides_guess,
        candidates=_candidates(triage, pack.taxonomy),
        novelty=wording.percent(triage.novelty) if triage else "unknown",
        language=wording.language(view.triage.language if view.triage else conversation.language),
        market=market.name if market else conversation.market,
        channel=wording.plain(conversation.channel),
        waited=wording.clock(age_seconds(conversation.waiting_since, reader.at)),
        model_version=triage.model_version if triage else "none",
        whole=whole_text,
    )


def standing(item: ReviewItem, taxonomy: Taxonomy, reader: Reader) -> str:
    """How an item stands, as a sentence."""
    if item.state is ReviewState.DECIDED and item.verdict is not None:
        return _decided(item, item.verdict, taxonomy, reader)
    if item.state is ReviewState.SUPERSEDED:
        return "Out of date: the customer wrote again or left."
    if item.state is ReviewState.LAPSED:
        return BLIND if item.blind else "Already on its way; your verdict still teaches."
    holder = _other(item.holder(reader.at), reader)
    if holder:
        return f"{holder} is on it."
    return "You hold it." if item.holder(reader.at) else "Nobody holds it."


def _decided(item: ReviewItem, verdict: Verdict, taxonomy: Taxonomy, reader: Reader) -> str:
    who = "you" if verdict.decided_by == reader.name else verdict.decided_by
    said = f"Decided by {who}: {verdict_name(verdict.issue_type, taxonomy)}."
    if not item.blind:
        return said
    agreed = verdict.issue_type == item.guess
    return f"{said} The service had decided {'the same' if agreed else verdict_name(item.guess, taxonomy)}."


def verdict_name(key: str | None, taxonomy: Taxonomy) -> str:
    """A verdict in words."""
    return OUTSIDE if key is None else _name(taxonomy, key)


def similar(cases: Iterable[tuple[Label, float]], taxonomy: Taxonomy) -> tuple[Similar, ...]:
    """Decided cases as lines, nearest first."""
    return tuple(
        Similar(
            text=" ".join(label.text[: LONGEST_SNIPPET * 2].split())[:LONGEST_SNIPPET],
            decided=verdict_name(label.issue_type, taxonomy),
            by=label.decided_by,
            percent=wording.percent(nearness),
        )
        for label, nearness in cases
        if nearness >= LEAST_ALIKE
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """One issue type of the search list."""

    key: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    """The issue types of one family."""

    family: str
    choices: tuple[Choice, ...]


def choices(taxonomy: Taxonomy) -> tuple[ChoiceGroup, ...]:
    """Every issue type, by family, in the pack's order."""
    groups: dict[str, list[Choice]] = {key: [] for key in taxonomy.families}
    for issue_type in taxonomy.issue_types.values():
        choice = Choice(issue_type.key, issue_type.name, issue_type.description)
        groups.setdefault(issue_type.family, []).append(choice)
    return tuple(ChoiceGroup(_family(taxonomy, key), tuple(found)) for key, found in groups.items() if found)


def _candidates(triage: Triage | None, taxonomy: Taxonomy) -> tuple[Candidate, ...]:
    if triage is None:
        return ()
    known = [pair for pair in triage.distribution if pair[0] in taxonomy.keys][:MOST_CANDIDATES]
    while len(known) > FEWEST_CANDIDATES and known[-1][1] < LEAST_PROBABILITY:
        known.pop()
    return tuple(
        Candidate(
            number=number,
            key=key,
            name=_name(taxonomy, key),
            family=_family(taxonomy, taxonomy.get(key).family),
            percent=wording.percent(probability),
            width=wording.width(probability),
            likely=key in triage.prediction_set,
        )
        for number, (key, probability) in enumerate(known, start=1)
    )


def _other(holder: str | None, reader: Reader) -> str | None:
    return holder if holder != reader.name else None


def _name(taxonomy: Taxonomy, key: str) -> str:
    known = taxonomy.issue_types.get(key)
    return known.name if known else key


def _family(taxonomy: Taxonomy, key: str) -> str:
    known = taxonomy.families.get(key)
    return known.name if known else key
