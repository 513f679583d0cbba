"""The disambiguation queue, as rows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from routing.adapters.sql import rows
from routing.adapters.sql.tables import reviews
from routing.domain.conversation import ConversationId
from routing.domain.review import UNDECIDED, ReviewId, ReviewItem, ReviewState, Verdict


class SqlReviews:
    """ports.Reviews."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, item: ReviewItem) -> None:
        self._connection.execute(sa.insert(reviews).values(_values(item)))

    def get(self, id: ReviewId) -> ReviewItem:
        return _item(rows.get(self._connection, reviews, id, "review"))

    def save(self, item: ReviewItem) -> ReviewItem:
        rows.save(self._connection, reviews, _values(item), "review")
        return replace(item, version=item.version + 1)

    def in_states(self, states: Sequence[ReviewState], after: str | None, most: int) -> list[ReviewItem]:
        query = sa.select(reviews).where(reviews.c.state.in_([str(state) for state in states]))
        if after is not None:
            query = query.where(reviews.c.id > after)
        return self._items(query.order_by(reviews.c.id).limit(most))

    def newest(self, states: Sequence[ReviewState], most: int) -> list[ReviewItem]:
        query = sa.select(reviews).where(reviews.c.state.in_([str(state) for state in states]))
        return self._items(query.order_by(reviews.c.id.desc()).limit(most))

    def count_by_state(self) -> dict[ReviewState, int]:
        query = sa.select(reviews.c.state, sa.func.count()).group_by(reviews.c.state)
        return {ReviewState(state): count for state, count in self._connection.execute(query)}

    def due(self, at: datetime, most: int) -> list[ReviewItem]:
        holding = [str(ReviewState.OPEN), str(ReviewState.CLAIMED)]
        query = sa.select(reviews).where(reviews.c.state.in_(holding), reviews.c.deadline_at <= at)
        return self._items(query.order_by(reviews.c.deadline_at).limit(most))

    def undecided_for(self, conversation_id: ConversationId) -> list[ReviewItem]:
        undecided = sorted(str(state) for state in UNDECIDED)
        query = sa.select(reviews).where(reviews.c.conversation_id == conversation_id, reviews.c.state.in_(undecided))
        return self._items(query.order_by(reviews.c.id))

    def _items(self, query: sa.Select[Any]) -> list[ReviewItem]:
        return [_item(row) for row in self._connection.execute(query)]


def _values(item: ReviewItem) -> rows.Values:
    values = rows.values_of(item)
    verdict = item.verdict
    if verdict is not None:
        at = verdict.at.isoformat()
        values["verdict"] = {"issue_type": verdict.issue_type, "decided_by": verdict.decided_by, "at": at}
    return values


def _item(row: Row[Any]) -> ReviewItem:
    values = rows.columns(row)
    values["state"] = ReviewState(values["state"])
    values["reasons"], values["skipped_by"] = tuple(values["reasons"]), tuple(values["skipped_by"])
    verdict = values["verdict"]
    if verdict is not None:
        at = datetime.fromisoformat(verdict["at"])
        values["verdict"] = Verdict(verdict["issue_type"], verdict["decided_by"], at)
    return ReviewItem(**values)
