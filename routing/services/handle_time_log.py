"""The log of handled conversations, from the history: what handle times are learned from."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median

from routing.domain.conversation import Conversation, ConversationId, Message
from routing.domain.events import Event, EventKind
from routing.domain.issue import Taxonomy
from routing.domain.outcome import LONGEST_HANDLE_TIME_SECONDS
from routing.services.context import Context

_PAGE = 5_000
_BATCH = 500
_SHORTEST_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class HandledWork:
    """One conversation that a COp worked on, or still works on; None is unknown.

    `working_seconds` is what the COp reported at wrap-up. Of work still going on nothing is reported yet: it is
    the time since the start, shared with the other conversations the COp holds, at the rate at which finished work was
    reported.
    """

    conversation_id: str
    issue_type: str
    cop_id: str | None
    channel: str
    language: str | None
    words: int
    repeat: bool
    concurrency: int
    stated_seconds: float | None
    opened_at: datetime
    working_seconds: float
    finished: bool


@dataclass(slots=True)
class _Started:
    conversation_id: str
    cop_id: str
    issue_type: str | None
    at: datetime
    repeat: bool
    concurrency: int
    attention: float = 0.0
    worked: float | None = None


class _Floor:
    """Follows the history: who holds what, and how much of each COp's time a conversation may have had."""

    def __init__(self) -> None:
        self.ended: list[_Started] = []
        self._open: dict[str, _Started] = {}
        self._held: dict[str, dict[str, _Started]] = {}
        self._seen_at: dict[str, datetime] = {}
        self._returned: set[str] = set()

    def hear(self, event: Event) -> None:
        """Take in one fact; they come in the order they happened."""
        if event.kind is EventKind.CONVERSATION_REOPENED and event.conversation_id:
            self._returned.add(event.conversation_id)
        elif event.kind is EventKind.ASSIGNMENT_STARTED:
            self._start(event)
        elif event.kind in (EventKind.ASSIGNMENT_WRAPPED_UP, EventKind.ASSIGNMENT_TRANSFERRED):
            self._end(event)

    def still_open(self, at: datetime) -> list[_Started]:
        """What is worked on at `at`."""
        for cop_id in list(self._held):
            self._spend(cop_id, at)
        return list(self._open.values())

    def _start(self, event: Event) -> None:
        if event.cop_id is None or event.conversation_id is None:
            return
        self._spend(event.cop_id, event.at)
        held = self._held.setdefault(event.cop_id, {})
        issue_type = event.data.get("issue_type")
        again = event.conversation_id in self._returned
        named = None if issue_type is None else str(issue_type)
        started = _Started(event.conversation_id, event.cop_id, named, event.at, again, len(held) + 1)
        key = str(event.data.get("assignment_id"))
        held[key] = self._open[key] = started

    def _end(self, event: Event) -> None:
        key = str(event.data.get("assignment_id"))
        started = self._open.get(key)
        if started is None:
            return
        self._spend(started.cop_id, event.at)
        del self._open[key], self._held[started.cop_id][key]
        seconds = event.data.get("handle_time_seconds")
        # Nobody reports how long was worked on what is handed on: it teaches nothing.
        if isinstance(seconds, int | float):
            said = event.data.get("issue_type")
            started.issue_type = started.issue_type if said is None else str(said)
            started.worked = float(seconds)
            self.ended.append(started)

    def _spend(self, cop_id: str, at: datetime) -> None:
        held = self._held.get(cop_id, {})
        since = self._seen_at.get(cop_id, at)
        for each in held.values():
            each.attention += max((at - since).total_seconds(), 0.0) / len(held)
        self._seen_at[cop_id] = at


def handled_work(context: Context) -> list[HandledWork]:
    """Everything the history tells of COps' work, oldest first; without individual performance nobody is named."""
    floor = _Floor()
    for event in _history(context):
        floor.hear(event)
    ongoing = floor.still_open(context.clock.now())
    rate = _rate(floor.ended)
    for each in ongoing:
        each.attention *= rate
    # What was left open for days is not worked on.
    ongoing = [each for each in ongoing if each.attention <= LONGEST_HANDLE_TIME_SECONDS]
    started = sorted([*floor.ended, *ongoing], key=lambda each: each.at)
    batches = (started[first : first + _BATCH] for first in range(0, len(started), _BATCH))
    told = [work for some in batches for work in _described(context, some)]
    if context.policy.individual_performance:
        return told
    return [replace(work, cop_id=None) for work in told]


def _history(context: Context) -> Iterator[Event]:
    seq = 0
    while True:
        with context.store.reading() as uow:
            page = uow.events.after(seq, _PAGE)
        if not page:
            return
        yield from page
        seq = page[-1].seq or seq + len(page)


def _rate(ended: Sequence[_Started]) -> float:
    """How much of the time that a conversation may have had was reported as work, at most all of it."""
    pairs = [(each.worked, each.attention) for each in ended if each.worked and each.attention >= _SHORTEST_SECONDS]
    return min(1.0, math.exp(median(math.log(worked / had) for worked, had in pairs))) if pairs else 1.0


def _described(context: Context, some: Sequence[_Started]) -> Iterator[HandledWork]:
    ids = list(dict.fromkeys(ConversationId(each.conversation_id) for each in some))
    with context.store.reading() as uow:
        known, messages = uow.conversations.get_many(ids), uow.conversations.messages_of(ids)
    taxonomy = context.packs.current().taxonomy
    for each in some:
        conversation = known.get(ConversationId(each.conversation_id))
        if conversation is not None and each.issue_type is not None:
            yield _work(each, conversation, messages, taxonomy)


def _work(
    each: _Started,
    conversation: Conversation,
    messages: Mapping[ConversationId, Sequence[Message]],
    taxonomy: Taxonomy,
) -> HandledWork:
    issue_type = each.issue_type or ""
    known = taxonomy.issue_types.get(issue_type)
    read = [m for m in messages.get(conversation.id, ()) if m.author == "customer" and m.at <= each.at]
    return HandledWork(
        conversation_id=conversation.id,
        issue_type=issue_type,
        cop_id=each.cop_id,
        channel=conversation.channel,
        language=conversation.language,
        words=sum(len(message.text.split()) for message in read),
        repeat=each.repeat,
        concurrency=each.concurrency,
        stated_seconds=None if known is None else known.handle_time_seconds,
        opened_at=each.at,
        working_seconds=max(each.attention if each.worked is None else each.worked, _SHORTEST_SECONDS),
        finished=each.worked is not None,
    )
