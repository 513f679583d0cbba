"""The end of a COp's work: wrap-up or transfer; both free the slot, both teach."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from routing.domain.conversation import Conversation
from routing.domain.cop import CopId
from routing.domain.errors import NotTheOwner, RoutingError, StaleState
from routing.domain.events import EventKind
from routing.domain.issue import IssueType
from routing.domain.label import Label, LabelSource
from routing.domain.offer import Assignment, AssignmentId
from routing.domain.outcome import NOBODY, WrapUp
from routing.ports import UnitOfWork
from routing.services.context import Context, Subject, record, retrying
from routing.services.triage import since, words_of

SHORTEST_HANDLE_TIME_SECONDS = 1.0


def wrap_up(context: Context, assignment_id: AssignmentId, outcome: WrapUp, by: CopId | None = None) -> Assignment:
    """Close the conversation with its disposition; the handling time feeds the handle-time model."""
    return retrying(lambda: _wrap_up(context, assignment_id, outcome, by))


def _wrap_up(context: Context, assignment_id: AssignmentId, outcome: WrapUp, by: CopId | None) -> Assignment:
    now, facts = context.clock.now(), _facts(context, outcome.issue_type)
    with context.store.transaction() as uow:
        assignment = _held_by(uow, assignment_id, by)
        conversation = uow.conversations.get(assignment.conversation_id)
        ended = uow.assignments.save(assignment.wrap_up(now, outcome.disposition, outcome.handle_time_seconds))
        corrected = _correct(uow, conversation, assignment, _Correction(facts, assignment.cop_id), context)
        uow.conversations.save(corrected.closed(now))
        uow.cops.release(assignment.cop_id, assignment.channel)
        _observe_all(uow, context, [(ended, corrected.issue_type)])
        _record_end(uow, assignment, outcome, corrected.issue_type, now)
        uow.commit()
    return ended


@dataclass(frozen=True, slots=True)
class Ending:
    """Which assignment is wrapped up, and how; `by`: the only COp who may."""

    assignment_id: AssignmentId
    outcome: WrapUp
    by: CopId | None


def wrap_up_all(context: Context, asked: Sequence[Ending]) -> list[Assignment | None]:
    """As `wrap_up`, of several in one transaction; None for one that would be refused, corrects a type or comes twice.

    StaleState where somebody else was first: then none of them lasts.
    """
    now = context.clock.now()
    with context.store.transaction() as uow:
        ended = _ended(uow, context, asked, now)
        uow.commit()
    return [ended.get(place) for place in range(len(asked))]


def _ended(uow: UnitOfWork, context: Context, asked: Sequence[Ending], now: datetime) -> dict[int, Assignment]:
    """By place among those asked: several may wrap one assignment up, and only one of them does."""
    found = uow.assignments.get_many(each.assignment_id for each in asked)
    conversations = uow.conversations.get_many(assignment.conversation_id for assignment in found.values())
    ended: dict[int, _Ended] = {}
    for place, each in enumerate(asked):
        assignment = found.get(each.assignment_id)
        if assignment is None or assignment.id in {other.assignment.id for other in ended.values()}:
            continue
        over = _over(context, each, assignment, conversations[assignment.conversation_id], now)
        ended |= {place: over} if over is not None else {}
    _store_ended(uow, context, list(ended.values()), now)
    return {place: replace(each.assignment, version=each.assignment.version + 1) for place, each in ended.items()}


@dataclass(frozen=True, slots=True)
class _Ended:
    """An assignment that is over, its conversation, closed, and how it ended."""

    assignment: Assignment
    conversation: Conversation
    outcome: WrapUp


def _over(
    context: Context, asked: Ending, assignment: Assignment, conversation: Conversation, now: datetime
) -> _Ended | None:
    outcome = asked.outcome
    if asked.by not in (None, assignment.cop_id) or outcome.issue_type not in (None, conversation.issue_type):
        return None
    try:
        _facts(context, outcome.issue_type)
        over = assignment.wrap_up(now, outcome.disposition, outcome.handle_time_seconds)
        return _Ended(over, conversation.closed(now), outcome)
    except RoutingError:
        return None


def _store_ended(uow: UnitOfWork, context: Context, ended: Sequence[_Ended], now: datetime) -> None:
    saved = uow.assignments.save_all([each.assignment for each in ended])
    closed = uow.conversations.save_all([each.conversation for each in ended])
    if not len(saved) == len(closed) == len(ended):
        raise StaleState("transaction", "of these wrap-ups")
    uow.cops.release_all([(each.assignment.cop_id, each.assignment.channel) for each in ended])
    _observe_all(uow, context, [(each.assignment, each.conversation.issue_type) for each in ended])
    for each in ended:
        _record_end(uow, each.assignment, each.outcome, each.conversation.issue_type, now)


def _record_end(uow: UnitOfWork, assignment: Assignment, outcome: WrapUp, issue_type: str | None, at: datetime) -> None:
    data = {
        "assignment_id": assignment.id,
        "disposition": outcome.disposition,
        "handle_time_seconds": outcome.handle_time_seconds,
        "issue_type": issue_type,
        "also_handled": list(outcome.also_handled),
    }
    subject = Subject(assignment.conversation_id, assignment.cop_id)
    record(uow, EventKind.ASSIGNMENT_WRAPPED_UP, at, assignment.cop_id, subject, **data)


def transfer(
    context: Context,
    assignment_id: AssignmentId,
    reason: str,
    issue_type: str | None = None,
    by: CopId | None = None,
) -> Assignment:
    """Hand the conversation on: it waits again with its age, for another COp, by a corrected type when one is given.

    The reason is masked as messages are.
    """
    return hand_on(context, assignment_id, Handover(reason, issue_type, by))


@dataclass(frozen=True, slots=True)
class Handover:
    """Why work is handed on, and as what. `by`: the only COp who may; `told_by`: who says so in that COp's place."""

    reason: str
    issue_type: str | None = None
    by: CopId | None = None
    told_by: str | None = None


def hand_on(context: Context, assignment_id: AssignmentId, handover: Handover) -> Assignment:
    """As `transfer`; where somebody else says so the history and what is learned name them."""
    said, issue_type, by = context.masker.mask(handover.reason), handover.issue_type, handover.by

    def step() -> Assignment:
        now = context.clock.now()
        facts = _facts(context, issue_type)
        with context.store.transaction() as uow:
            assignment = _held_by(uow, assignment_id, by)
            who = handover.told_by or assignment.cop_id
            conversation = uow.conversations.get(assignment.conversation_id)
            ended = uow.assignments.save(assignment.transfer(now, said))
            _correct(uow, conversation, assignment, _Correction(facts, who), context)
            # A person follows software, always: that it was there is remembered whatever the policy.
            least = 1 if assignment.cop_id in context.packs.current().software else 0
            most = max(least, context.policy.most_excluded)
            uow.conversations.save(conversation.transferred(assignment.cop_id, facts, most))
            uow.cops.release(assignment.cop_id, assignment.channel)
            data = {"assignment_id": assignment.id, "reason": said, "issue_type": issue_type}
            subject = Subject(assignment.conversation_id, assignment.cop_id)
            record(uow, EventKind.ASSIGNMENT_TRANSFERRED, now, who, subject, **data)
            uow.commit()
            return ended

    return retrying(step)


@dataclass(frozen=True, slots=True)
class _Correction:
    """What somebody says it was of; None where they say nothing."""

    facts: IssueType | None
    by: str


def _facts(context: Context, issue_type: str | None) -> IssueType | None:
    return context.packs.current().taxonomy.get(issue_type) if issue_type is not None else None


def _held_by(uow: UnitOfWork, assignment_id: AssignmentId, by: CopId | None) -> Assignment:
    assignment = uow.assignments.get(assignment_id)
    if by is not None and by != assignment.cop_id:
        raise NotTheOwner("assignment", assignment_id, assignment.cop_id)
    return assignment


def _correct(
    uow: UnitOfWork,
    conversation: Conversation,
    assignment: Assignment,
    correction: _Correction,
    context: Context,
) -> Conversation:
    facts = correction.facts
    if facts is None or facts.key == conversation.issue_type:
        return conversation
    messages = uow.conversations.messages_of([conversation.id])[conversation.id]
    text = words_of(context.masker, since(messages, conversation.waiting_since), assignment.started_at)
    now = context.clock.now()
    label_id = f"assignment:{assignment.id}"
    uow.labels.add(Label(label_id, text, facts.key, LabelSource.CORRECTION, conversation.id, correction.by, now))
    return conversation.corrected(facts)


def _observe_all(uow: UnitOfWork, context: Context, ended: Sequence[tuple[Assignment, str | None]]) -> None:
    """The handle times of what has ended, and as which issue type."""
    individual = context.policy.individual_performance
    seen = [
        ((issue_type, assignment.cop_id if individual else NOBODY), assignment.handle_time_seconds or 0.0)
        for assignment, issue_type in ended
        if issue_type is not None
    ]
    known = uow.handle_times.get_many(pair for pair, _ in seen)
    for pair, seconds in seen:
        known[pair] = known[pair].observe(math.log(max(SHORTEST_HANDLE_TIME_SECONDS, seconds)))
    uow.handle_times.save_all(list(known.values()))
