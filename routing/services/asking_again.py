"""People look at automatic decisions between two issue types that a model takes for each other."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from routing.domain.conversation import ConversationId
from routing.domain.errors import NotFound
from routing.domain.events import EventKind
from routing.domain.issue import Decision, Triage
from routing.domain.review import ReviewId, ReviewItem, ReviewState
from routing.domain.worth import Term
from routing.ports import UnitOfWork
from routing.services.context import Context, Subject, record

CONFUSED = "often_confused"
DAYS = 7
MOST_SENT = 20
MOST_READ = 5_000


@dataclass(frozen=True, slots=True)
class Confusion:
    """Two issue types that this model takes for each other."""

    model: str
    issue_type: str
    taken_for: str

    def includes(self, triage: Triage) -> bool:
        """Whether it was decided automatically, and it lay between these two."""
        first_two = {key for key, _ in triage.distribution[:2]}
        return triage.decision is Decision.AUTO and first_two == {self.issue_type, self.taken_for}


def ask_again(context: Context, confusion: Confusion, by: str) -> int:
    """Open an item for each of the newest automatic decisions of a week between the two; returns how many.

    They wait for nobody: each conversation stays on its way, and the verdict teaches. One that had an item is left
    out. They are no blind checks, as they were not drawn by chance: the true error is not counted by them.
    """
    for key in (confusion.issue_type, confusion.taken_for):
        if key not in context.packs.current().taxonomy.issue_types:
            raise NotFound("issue type", key)
    now = context.clock.now()
    with context.store.transaction() as uow:
        found = _between(uow, confusion, now)
        for id, triage in found:
            _open(uow, context, (id, triage), (now, by))
        uow.commit()
    return len(found)


def _between(uow: UnitOfWork, confusion: Confusion, at: datetime) -> list[tuple[ConversationId, Triage]]:
    decided = uow.triages.newest_by(confusion.model, at - timedelta(days=DAYS), MOST_READ)
    asked = {item.conversation_id for item in uow.reviews.newest(tuple(ReviewState), MOST_READ)}
    latest: dict[ConversationId, Triage] = {}
    for id, triage in decided:
        latest.setdefault(id, triage)  # the newest comes first, and is the one that counts
    return [(id, triage) for id, triage in latest.items() if id not in asked and confusion.includes(triage)][:MOST_SENT]


def _open(
    uow: UnitOfWork, context: Context, decided: tuple[ConversationId, Triage], stamp: tuple[datetime, str]
) -> None:
    (id, triage), (at, by) = decided, stamp
    value = context.policy.review_teaching_weight
    item = ReviewItem(
        id=ReviewId(context.ids.new()),
        conversation_id=id,
        opened_at=at,
        deadline_at=at,
        reasons=(CONFUSED,),
        state=ReviewState.LAPSED,
        lapsed_at=at,
        value=value,
        value_reasons=((Term.TEACHING, value),),
        guess=triage.issue_type,
        model_version=triage.model_version,
    )
    uow.reviews.add(item)
    data = {"review_id": item.id, "reasons": list(item.reasons), "deadline_at": at.isoformat()}
    record(uow, EventKind.REVIEW_OPENED, at, by, Subject(id), **data)
