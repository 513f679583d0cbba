"""Edits, as rows that are only ever added."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from routing.adapters.sql import rows
from routing.adapters.sql.tables import edits
from routing.domain.edit import Edit, EditSubject
from routing.domain.errors import StaleState


class SqlEdits:
    """ports.Edits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, edit: Edit) -> None:
        known = sa.select(sa.func.max(edits.c.number)).where(edits.c.subject == edit.subject.value)
        values = {**rows.values_of(edit), "digest": edit.digest}
        if edit.number != (self._connection.execute(known).scalar() or 0) + 1 or not rows.add_new(
            self._connection, edits, [values], edits.c.subject
        ):
            raise StaleState("edit", f"{edit.subject} {edit.number}")

    def newest(self, subject: EditSubject) -> Edit | None:
        return next(iter(self.history(subject, 1)), None)

    def find(self, subject: EditSubject, number: int) -> Edit | None:
        query = sa.select(edits).where(edits.c.subject == subject.value, edits.c.number == number)
        row = self._connection.execute(query).first()
        return _edit(row) if row else None

    def history(self, subject: EditSubject, most: int) -> list[Edit]:
        query = sa.select(edits).where(edits.c.subject == subject.value).order_by(edits.c.number.desc()).limit(most)
        return [_edit(row) for row in self._connection.execute(query)]


def _edit(row: Row[Any]) -> Edit:
    return Edit(EditSubject(row.subject), row.number, row.content, row.by, row.reason, row.at, row.rolled_back_to)
