"""Asking a lead: an item of the disambiguation queue goes ahead of the others, with a note."""

from routing.domain.events import EventKind
from routing.domain.notes import noted
from routing.domain.review import Escalation, ReviewId, ReviewItem
from routing.services.context import Context, Subject, record, retrying

LONGEST_NAME = 128


def escalate(context: Context, review_id: ReviewId, by: str, note: str, to: str | None = None) -> ReviewItem:
    """Leave an item to a lead (`to`; None means any), who reads why; the note is masked as messages are.

    Its deadline stays: a customer does not wait longer because two people have to look.
    """
    said = noted("note", context.masker.mask(note))
    whom = noted("to", to, LONGEST_NAME) if to else None

    def step() -> ReviewItem:
        now = context.clock.now()
        with context.store.transaction() as uow:
            item = uow.reviews.save(uow.reviews.get(review_id).escalate(Escalation(by, now, said, whom)))
            data = {"review_id": item.id, "note": said, "to": whom}
            record(uow, EventKind.REVIEW_ESCALATED, now, by, Subject(item.conversation_id), **data)
            uow.commit()
            return item

    return retrying(step)
