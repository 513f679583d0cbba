"""What COps took lately is found by an index, however many years of assignments are kept."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from builders import NOON

from routing.adapters.sql.schema_version import upgrade
from routing.adapters.sql.unit_of_work import SqlStore, SqlUnitOfWork


@pytest.mark.parametrize(
    "look",
    [
        lambda uow: uow.assignments.since(NOON - timedelta(hours=1)),
        lambda uow: uow.assignments.last_busy(NOON - timedelta(hours=24)),
    ],
)
def test_a_look_at_what_was_taken_lately_reads_no_whole_table(
    tmp_path: Path, look: Callable[[SqlUnitOfWork], object]
) -> None:
    url = f"sqlite:///{tmp_path / 'pointsman.db'}"
    upgrade(url)
    store, asked = SqlStore(url), []

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        asked.append((statement, parameters))

    with store.reading() as uow:
        sa.event.listen(store.engine, "before_cursor_execute", note)
        look(uow)
        sa.event.remove(store.engine, "before_cursor_execute", note)
        [(statement, parameters)] = asked
        plan = uow._connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    store.close()
    steps = [row[3] for row in plan]
    assert any("USING INDEX assignments_by_start" in step for step in steps), steps
    assert not any(step.startswith("SCAN assignments") for step in steps), steps
