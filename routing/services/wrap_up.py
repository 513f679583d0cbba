"""The end of a COp's work: wrap-up or transfer; both free the slot, both teach."""

import math
from dataclasses import dataclass

from routing.domain.conversation import Conversation
from routing.domain.cop import CopId
from routing.domain.errors import NotTheOwner
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
        worker = assignment.cop_id if context.policy.individual_performance else NOBODY
        _observe(uow, corrected.issue_type, worker, outcome.handle_time_seconds)
        data = {
            "assignment_id": assignment.id,
            "disposition": outcome.disposition,
            "handle_time_seconds": outcome.handle_time_seconds,
            "issue_type": corrected.issue_type,
            "also_handled": list(outcome.also_handled),
        }
        subject = Subject(assignment.conversation_id, assignment.cop_id)
        record(uow, EventKind.ASSIGNMENT_WRAPPED_UP, now, assignment.cop_id, subject, **data)
        uow.commit()
    return ended


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


def _observe(uow: UnitOfWork, issue_type: str | None, cop_id: str, seconds: float) -> None:
    if issue_type is None:
        return
    statistics = uow.handle_times.get(issue_type, cop_id)
    uow.handle_times.save(statistics.observe(math.log(max(SHORTEST_HANDLE_TIME_SECONDS, seconds))))
