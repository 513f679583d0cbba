"""What the pack's limits leave, and its practice still asks for, given what COps hold and have taken."""

from datetime import datetime

from routing.domain.limits import LimitRules, Work, WorkLimit, limits_now
from routing.domain.pack import Pack
from routing.domain.practice import Lesson, PracticeDue, practice_due, shift_began
from routing.ports import UnitOfWork


def limits_left(uow: UnitOfWork, pack: Pack, at: datetime) -> tuple[WorkLimit, ...]:
    """The limits of the next tick; reads nothing where the pack sets none."""
    rules = pack.limits
    if not rules.looks_at_work:
        return ()
    offered = _offered(uow)
    active = [Work(each.cop_id, each.issue_type) for each in uow.assignments.active()]
    return limits_now(rules, pack.roster, [*active, *offered], [*_taken(uow, rules, at), *offered])


def practice_left(uow: UnitOfWork, pack: Pack, at: datetime) -> tuple[PracticeDue, ...]:
    """The practice that the next tick should give; reads nothing where nobody at work learns anything."""
    practices = pack.limits.practices
    learners = [pack.roster[each.cop_id] for each in practices if each.cop_id in pack.roster]
    began = [start for cop in learners if (start := shift_began(cop, at)) is not None]
    if not began:
        return ()
    taken = [Lesson(each.cop_id, each.issue_type, each.started_at) for each in uow.assignments.since(min(began))]
    offered = [Lesson(work.cop_id, work.issue_type, at) for work in _offered(uow)]
    return practice_due(practices, pack.roster, [*taken, *offered], at)


def _offered(uow: UnitOfWork) -> list[Work]:
    """What is held for COps who have not answered yet."""
    pending = uow.offers.pending()
    about = uow.conversations.get_many([offer.conversation_id for offer in pending])
    known = ((offer, about.get(offer.conversation_id)) for offer in pending)
    return [Work(offer.cop_id, None if found is None else found.issue_type) for offer, found in known]


def _taken(uow: UnitOfWork, rules: LimitRules, at: datetime) -> list[Work]:
    """What COps began within the window that hard cases are counted over."""
    if rules.hard_cases is None:
        return []
    return [Work(each.cop_id, each.issue_type) for each in uow.assignments.since(at - rules.hard_cases.window)]
