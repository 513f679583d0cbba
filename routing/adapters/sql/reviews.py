"""The disambiguation queue, as rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from routing.adapters.sql import rows
from routing.adapters.sql.boundary import of_markets
from routing.adapters.sql.tables import reviews
from routing.domain.checking import Checked
from routing.domain.conversation import ConversationId
from routing.domain.market import Markets
from routing.domain.proposal import ProposalId
from routing.domain.review import UNDECIDED, Escalation, QueuePlace, ReviewId, ReviewItem, ReviewState, Verdict


class SqlReviews:
    """ports.Reviews."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, item: ReviewItem) -> None:
        rows.add(self._connection, reviews, _values(item))

    def get(self, id: ReviewId) -> ReviewItem:
        return _item(rows.get(self._connection, reviews, id, "review"))

    def save(self, item: ReviewItem) -> ReviewItem:
        rows.save(self._connection, reviews, _values(item), "review")
        return replace(item, version=item.version + 1)

    def in_states(
        self, states: Sequence[ReviewState], after: QueuePlace | None, most: int, within: Markets = None
    ) -> list[ReviewItem]:
        theirs = of_markets(reviews.c.conversation_id, within)
        query = sa.select(reviews).where(reviews.c.state.in_([str(state) for state in states]), theirs)
        if after is not None:
            value = -after.negated_value
            behind = sa.and_(reviews.c.value == value, reviews.c.id > after.id)
            query = query.where(sa.or_(reviews.c.value < value, behind))
        return self._items(query.order_by(reviews.c.value.desc(), reviews.c.id).limit(most))

    def newest(self, states: Sequence[ReviewState], most: int) -> list[ReviewItem]:
        query = sa.select(reviews).where(reviews.c.state.in_([str(state) for state in states]))
        return self._items(query.order_by(reviews.c.id.desc()).limit(most))

    def count_by_state(self, within: Markets = None) -> dict[ReviewState, int]:
        query = sa.select(reviews.c.state, sa.func.count()).where(of_markets(reviews.c.conversation_id, within))
        counted = self._connection.execute(query.group_by(reviews.c.state))
        return {ReviewState(state): count for state, count in counted}

    def due(self, at: datetime, most: int) -> list[ReviewItem]:
        holding = [str(ReviewState.OPEN), str(ReviewState.CLAIMED)]
        query = sa.select(reviews).where(reviews.c.state.in_(holding), reviews.c.deadline_at <= at)
        return self._items(query.order_by(reviews.c.deadline_at).limit(most))

    def undecided_for(self, conversation_id: ConversationId) -> list[ReviewItem]:
        undecided = sorted(str(state) for state in UNDECIDED)
        query = sa.select(reviews).where(reviews.c.conversation_id == conversation_id, reviews.c.state.in_(undecided))
        return self._items(query.order_by(reviews.c.id))

    def of_proposals(self, ids: Sequence[ProposalId], most: int, within: Markets = None) -> list[ReviewItem]:
        theirs = of_markets(reviews.c.conversation_id, within)
        query = sa.select(reviews).where(reviews.c.proposal_id.in_([str(id) for id in ids]), theirs)
        return self._items(query.order_by(reviews.c.id).limit(most))

    def decided_since(self, at: datetime, most: int, within: Markets = None) -> list[ReviewItem]:
        theirs = of_markets(reviews.c.conversation_id, within)
        decided = sa.and_(reviews.c.state == str(ReviewState.DECIDED), reviews.c.opened_at >= at)
        return self._items(sa.select(reviews).where(decided, theirs).order_by(reviews.c.id.desc()).limit(most))

    def checked(self, since: datetime | None) -> list[Checked]:
        decided = reviews.c.state == str(ReviewState.DECIDED)
        wrong = sa.and_(decided, reviews.c.verdict["issue_type"].as_string().is_distinct_from(reviews.c.guess))
        query = sa.select(reviews.c.model_version, sa.func.count(), _sum(decided), _sum(wrong)).where(reviews.c.blind)
        if since is not None:
            query = query.where(reviews.c.opened_at >= since)
        grouped = query.group_by(reviews.c.model_version).order_by(reviews.c.model_version)
        return [Checked(str(row[0]), row[1], row[2], row[3]) for row in self._connection.execute(grouped)]

    def _items(self, query: sa.Select[Any]) -> list[ReviewItem]:
        return [_item(row) for row in self._connection.execute(query)]


def _sum(condition: sa.ColumnElement[bool]) -> sa.Function[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _values(item: ReviewItem) -> rows.Values:
    values = rows.values_of(item)
    for name in ("verdict", "escalation"):
        if values[name] is not None:
            told = asdict(values[name])
            values[name] = {**told, "at": told["at"].isoformat()}
    return values


def _item(row: Row[Any]) -> ReviewItem:
    values = rows.columns(row)
    values["state"] = ReviewState(values["state"])
    values["reasons"], values["skipped_by"] = tuple(values["reasons"]), tuple(values["skipped_by"])
    values["value_reasons"] = tuple((term, part) for term, part in values["value_reasons"])
    if values["verdict"] is not None:
        values["verdict"] = _verdict(values["verdict"])
    if values["escalation"] is not None:
        told = values["escalation"]
        values["escalation"] = Escalation(**{**told, "at": datetime.fromisoformat(told["at"])})
    return ReviewItem(**values)


def _verdict(told: Mapping[str, Any]) -> Verdict:
    # Verdicts of before neither held several needs nor were timed.
    at, needs = datetime.fromisoformat(told["at"]), tuple(told.get("needs", ()))
    return Verdict(told["issue_type"], told["decided_by"], at, needs, told.get("seconds"))
