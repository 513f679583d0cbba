"""What is done with dead letters, told in the history."""

from routing.domain.events import EventKind
from routing.services.context import Context, Subject, record


def note_replay(context: Context, id: str, topic: str, by: str) -> None:
    """Somebody sent a dead letter back to the topic it came from."""
    with context.store.transaction() as uow:
        now = context.clock.now()
        record(uow, EventKind.DEAD_LETTER_REPLAYED, now, by, Subject(), letter=id, topic=topic)
        uow.commit()
