"""Conversations, what was understood of them, and the reviews about them, in memory."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime

from routing.adapters.memory.rows import Tables, add_new, belongs, found, save_over
from routing.domain.checking import Checked, count_checked
from routing.domain.conversation import QUEUED, Conversation, ConversationId, ConversationState, Message
from routing.domain.errors import NotFound, StaleState
from routing.domain.issue import Triage
from routing.domain.market import Markets
from routing.domain.proposal import ProposalId
from routing.domain.queue import Wait
from routing.domain.review import UNDECIDED, QueuePlace, ReviewId, ReviewItem, ReviewState
from routing.ports import ConversationFilter

_HOLDING = (ReviewState.OPEN, ReviewState.CLAIMED)


class MemoryConversations:
    """The twin of `ports.Conversations`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, conversation: Conversation) -> None:
        """Store a new one; StaleState when the id is taken."""
        add_new(self._tables.conversations, "conversation", conversation)

    def add_all(self, conversations: Sequence[Conversation]) -> None:
        """Each."""
        for conversation in conversations:
            self.add(conversation)

    def get(self, id: ConversationId) -> Conversation:
        """One conversation; NotFound."""
        return found(self._tables.conversations.get(id), "conversation", id)

    def get_many(self, ids: Iterable[ConversationId]) -> dict[ConversationId, Conversation]:
        """Those that exist."""
        pairs = ((id, self._tables.conversations.get(id)) for id in ids)
        return {id: conversation for id, conversation in pairs if conversation is not None}

    def save(self, conversation: Conversation) -> Conversation:
        """The next version; StaleState."""
        return save_over(self._tables.conversations, "conversation", conversation)

    def save_all(self, conversations: Sequence[Conversation]) -> set[ConversationId]:
        """Those that nobody else changed."""
        saved = set()
        for conversation in conversations:
            with suppress(StaleState, NotFound):
                saved.add(self.save(conversation).id)
        return saved

    def in_state(self, state: ConversationState, markets: Sequence[str] | None, most: int) -> list[Conversation]:
        """Oldest waiting first; `markets` None means all."""
        rows = (c for c in self._tables.conversations if c.state is state and (markets is None or c.market in markets))
        return sorted(rows, key=lambda c: (c.waiting_since, c.id))[:most]

    def waits(self, ids: Collection[str] | None = None) -> list[Wait]:
        """Of everybody who is in a queue, or those of `ids` who are, in no order."""
        queued = (each for each in self._tables.conversations if each.state in QUEUED)
        theirs = (each for each in queued if ids is None or each.id in ids)
        return [Wait(c.id, c.market, c.issue_type, c.waiting_since, c.target_seconds, c.fast_lane) for c in theirs]

    def page(self, wanted: ConversationFilter, before: str | None, most: int) -> list[Conversation]:
        """Newest first; `before` is the last id of the page before."""
        anchor = None if before is None else _time_order(self.get(ConversationId(before)))
        rows = (c for c in self._tables.conversations if _matches(c, wanted))
        found = (c for c in rows if anchor is None or _time_order(c) < anchor)
        return sorted(found, key=_time_order, reverse=True)[:most]

    def count_by_state(self, within: Markets = None) -> dict[ConversationState, int]:
        """States that somebody is in."""
        rows = (c for c in self._tables.conversations if within is None or c.market in within)
        return dict(Counter(c.state for c in rows))

    def count_waiting(self, markets: Sequence[str]) -> int:
        """How many wait to be matched in these markets."""
        waiting = ConversationState.WAITING
        return sum(c.state is waiting and c.market in markets for c in self._tables.conversations)

    def add_message(self, message: Message) -> None:
        """One more message of a conversation."""
        before = self._tables.messages.get(message.conversation_id) or ()
        self._tables.messages.put(message.conversation_id, (*before, message))

    def add_messages(self, messages: Sequence[Message]) -> None:
        """Each, in order."""
        for message in messages:
            self.add_message(message)

    def messages_of(self, ids: Iterable[ConversationId]) -> dict[ConversationId, list[Message]]:
        """In the order they were added; an entry for every id asked for."""
        return {id: list(self._tables.messages.get(id) or ()) for id in ids}


def _time_order(conversation: Conversation) -> tuple[datetime, str]:
    return conversation.received_at, conversation.id


def _matches(conversation: Conversation, wanted: ConversationFilter) -> bool:
    pairs = (
        (wanted.market, conversation.market),
        (wanted.issue_type, conversation.issue_type),
        (wanted.customer_id, conversation.customer_id),
        (wanted.cop_id, conversation.last_cop_id),
    )
    in_states = wanted.states is None or conversation.state in wanted.states
    theirs = wanted.within is None or conversation.market in wanted.within
    return in_states and theirs and all(asked is None or asked == actual for asked, actual in pairs)


class MemoryTriages:
    """The twin of `ports.Triages`."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def add(self, conversation_id: ConversationId, triage: Triage) -> None:
        """Keep one more."""
        self._tables.triages.put((self._tables.triages.newest() or 0) + 1, (conversation_id, triage))
        self._tables.latest_triages.put(conversation_id, triage)

    def add_all(self, triages: Sequence[tuple[ConversationId, Triage]]) -> None:
        """Each, in order."""
        for conversation_id, triage in triages:
            self.add(conversation_id, triage)

    def latest_of(self, ids: Iterable[ConversationId]) -> dict[ConversationId, Triage]:
        """The newest of each conversation that has one."""
        pairs = ((id, self._tables.latest_triages.get(id)) for id in ids)
        return {id: triage for id, triage in pairs if triage is not None}

    def newest_by(self, model_version: str, since: datetime, most: int) -> list[tuple[ConversationId, Triage]]:
        """Triages of one model, newest first."""
        found = [
            (ConversationId(id), triage)
            for id, triage in self._tables.triages
            if triage.model_version == model_version and triage.at >= since
        ]
        return found[::-1][:most]

    def decisions_since(self, at: datetime, within: Markets = None) -> dict[str, int]:
        """How many triages were decided which way since then."""
        return dict(Counter(str(triage.decision) for triage in self._since(at, within)))

    def languages_with_reason(self, reason: str, since: datetime, within: Markets = None) -> dict[str, int]:
        """How many triages since then name this reason, by language."""
        return dict(Counter(triage.language for triage in self._since(since, within) if reason in triage.reasons))

    def _since(self, at: datetime, within: Markets) -> Iterator[Triage]:
        rows = ((id, triage) for id, triage in self._tables.triages if triage.at >= at)
        return (triage for id, triage in rows if belongs(self._tables, id, within))


class MemoryReviews:
    """The twin of `ports.Reviews`."""

    def __init__(self, tables: Tables) -> None:
        self._tables, self._rows = tables, tables.reviews

    def add(self, item: ReviewItem) -> None:
        """Store a new one; StaleState when the id is taken."""
        add_new(self._rows, "review", item)

    def get(self, id: ReviewId) -> ReviewItem:
        """One item; NotFound."""
        return found(self._rows.get(id), "review", id)

    def save(self, item: ReviewItem) -> ReviewItem:
        """The next version; StaleState."""
        return save_over(self._rows, "review", item)

    def in_states(
        self, states: Sequence[ReviewState], after: QueuePlace | None, most: int, within: Markets = None
    ) -> list[ReviewItem]:
        """Highest value first; `after` is the place of the last item of the page before."""
        rows = (item for item in self._rows if item.state in states and (after is None or item.place > after))
        theirs = (item for item in rows if belongs(self._tables, item.conversation_id, within))
        return sorted(theirs, key=lambda item: item.place)[:most]

    def newest(self, states: Sequence[ReviewState], most: int) -> list[ReviewItem]:
        """Newest first."""
        rows = (item for item in self._rows if item.state in states)
        return sorted(rows, key=lambda item: item.id, reverse=True)[:most]

    def count_by_state(self, within: Markets = None) -> dict[ReviewState, int]:
        """States that some item is in."""
        rows = (item for item in self._rows if belongs(self._tables, item.conversation_id, within))
        return dict(Counter(item.state for item in rows))

    def due(self, at: datetime, most: int) -> list[ReviewItem]:
        """Open or claimed past their deadline, the longest overdue first."""
        rows = (item for item in self._rows if item.state in _HOLDING and item.deadline_at <= at)
        return sorted(rows, key=lambda item: (item.deadline_at, item.id))[:most]

    def undecided_for(self, conversation_id: ConversationId) -> list[ReviewItem]:
        """Open, claimed and lapsed items of one conversation."""
        return [item for item in self._rows if item.conversation_id == conversation_id and item.state in UNDECIDED]

    def of_proposals(self, ids: Sequence[ProposalId], most: int, within: Markets = None) -> list[ReviewItem]:
        """Oldest first."""
        rows = (item for item in self._rows if item.proposal_id in ids)
        theirs = (item for item in rows if belongs(self._tables, item.conversation_id, within))
        return sorted(theirs, key=lambda item: item.id)[:most]

    def decided_since(self, at: datetime, most: int, within: Markets = None) -> list[ReviewItem]:
        """Newest first."""
        rows = (item for item in self._rows if item.state is ReviewState.DECIDED and item.opened_at >= at)
        theirs = (item for item in rows if belongs(self._tables, item.conversation_id, within))
        return sorted(theirs, key=lambda item: item.id, reverse=True)[:most]

    def checked(self, since: datetime | None) -> list[Checked]:
        """By model version, in that order."""
        return count_checked(item for item in self._rows if since is None or item.opened_at >= since)
