"""What a plan claims for practice, counted again from the snapshot itself: part of the executable specification."""

from collections.abc import Iterator, Sequence

import numpy as np

from optimizer import costs
from optimizer.costs import Term
from optimizer.plan import PlannedAssignment
from optimizer.side.limit import COUNTS_FROM, TOLERANCE
from optimizer.side.practice import Practice
from optimizer.snapshot import Snapshot, WaitingConversation


def wrong_practice(snapshot: Snapshot, assignments: Sequence[PlannedAssignment]) -> Iterator[str]:
    """Each practice is paid for what is given towards it, up to what is wanted and no more."""
    waiting = {each.id: each for each in snapshot.conversations}
    one = int(costs.practice(np.array(1), snapshot.parameters))
    given = [each for each in assignments if not _is_released(each)]
    for each in assignments:
        most = one * sum(_counts(p, each.cop_id, waiting[each.conversation_id]) for p in snapshot.practices)
        if not (0 <= _claimed(each) <= (0 if _is_released(each) else most)):
            yield f"conversation {each.conversation_id} claims {_claimed(each)} for practice; at most {most} is due"
    for cop_id in sorted({p.cop_id for p in snapshot.practices}):
        theirs = [each for each in given if each.cop_id == cop_id]
        claimed, due = sum(map(_claimed, theirs)), 0
        for practice in snapshot.practices:
            counted = sum(_counts(practice, cop_id, waiting[each.conversation_id]) for each in theirs)
            due += one * min(practice.least, counted)
        if claimed != due:
            yield f"COp {cop_id} is credited {claimed} for practice; it is {due}"


def _claimed(assignment: PlannedAssignment) -> int:
    return sum(term.value for term in assignment.terms if term.name == Term.PRACTICE)


def _is_released(assignment: PlannedAssignment) -> bool:
    return any(term.name == Term.RELEASE and term.value for term in assignment.terms)


def _counts(practice: Practice, cop_id: str, c: WaitingConversation) -> bool:
    if practice.cop_id != cop_id or c.fraud or c.vulnerable:
        return False
    return c.likely(practice.issue_types) >= COUNTS_FROM - TOLERANCE
