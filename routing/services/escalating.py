"""Asking a lead: an item of the disambiguation queue goes ahead of the others, with a note."""

from routing.domain.errors import Invalid
from routing.domain.events import EventKind
from routing.domain.review import Escalation, ReviewId, ReviewItem
from routing.services.context import Context, Subject, record, retrying

LONGEST_NOTE = 500
LONGEST_NAME = 128


def escalate(context: Context, review_id: ReviewId, by: str, note: str, to: str | None = None) -> ReviewItem:
    """Leave an item to a lead (`to`; None means any), who reads why; the note is masked as messages are.

    Its deadline stays: a customer does not wait longer because two people have to look.
    """
    said = noted("note", context.masker.mask(note), LONGEST_NOTE)
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


def noted(place: str, text: str, most: int) -> str:
    """A person's words on one line; Invalid when there are none or too many."""
    said = " ".join(text.split())
    if not 0 < len(said) <= most:
        raise Invalid(place, said[:40], f"1 to {most} characters")
    return said
