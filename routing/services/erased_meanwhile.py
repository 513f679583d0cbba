"""Whether somebody of a tick's snapshot was erased, or is being, since it was read: then it is not kept."""

from routing.domain.conversation import ENDED
from routing.domain.events import EventKind
from routing.ports import MatchingProblem, UnitOfWork


def names_erased(uow: UnitOfWork, problem: MatchingProblem) -> bool:
    """Whether a conversation of the problem is gone, or may be about to go: an erasure that has begun looks no more.

    Only while an erasure is under way, or took something since the problem was read, are the conversations looked at.
    """
    if not (uow.erasures.any_begun() or uow.events.has_after(problem.facts_seen, EventKind.CONVERSATION_ERASED)):
        return False
    left = uow.conversations.get_many(each.id for each in problem.conversations)
    return any(each.id not in left or left[each.id].state in ENDED for each in problem.conversations)
