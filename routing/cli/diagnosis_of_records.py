"""What `pointsman doctor` looks at in a database that answers: its clock, and what is kept outside of its records."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from routing.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from routing.adapters.sql.unit_of_work import SqlStore

LARGEST_DIFFERENCE = timedelta(seconds=2)
Look = tuple[bool, str, str]
"""Whether it is well, what was seen, and the fix."""


def clock(settings: Settings) -> Look:
    """Leases and deadlines compare times of different machines."""
    if not _readable(settings) or not settings.sqlalchemy_url.startswith("postgresql"):
        return True, "one machine", ""
    from routing.adapters.sql.engine import connect

    engine = connect(settings.sqlalchemy_url)
    try:
        difference = abs(datetime.now(UTC) - _database_time(engine))
    finally:
        engine.dispose()
    detail = f"{difference.total_seconds():.1f} s from the database's"
    return difference <= LARGEST_DIFFERENCE, detail, "synchronise both machines' clocks (chrony, systemd-timesyncd)"


def _database_time(engine: "Engine") -> datetime:
    import sqlalchemy as sa

    with engine.connect() as connection:
        found: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return found


def audit(settings: Settings) -> Look:
    """The newest anchor against the seal at its place; `pointsman audit verify` reads everything."""
    from routing.adapters.audit_anchors import AnchorFile
    from routing.adapters.sql.unit_of_work import SqlStore
    from routing.domain.audit import standing

    if not _readable(settings):
        return True, "no database to look at", ""
    anchors = standing(AnchorFile(settings.anchors_file).all())
    if not anchors:
        return True, "no anchors yet; `serve` writes them", ""
    store = SqlStore(settings.sqlalchemy_url)
    try:
        there = _digest_at(store, anchors[-1].position)
    finally:
        store.close()
    detail = f"anchored up to position {anchors[-1].position}"
    if there == anchors[-1].chained:
        return True, detail, ""
    return False, f"{detail}, where the database has another past", "pointsman audit verify"


def erasures(settings: Settings) -> Look:
    """A restored database knows nothing of the erasures that came after its back-up."""
    from routing.adapters.erasure.recorded import ErasureRecordFile
    from routing.adapters.sql.unit_of_work import SqlStore
    from routing.services.erasing_again import unknown

    if not _readable(settings):
        return True, "no database to look at", ""
    records = ErasureRecordFile(settings.erasure_record_file)
    store = SqlStore(settings.sqlalchemy_url)
    try:
        missing = unknown(store, records)
    finally:
        store.close()
    if not missing:
        return True, f"{len(records.all())} recorded, all done in the database", ""
    first = min(each.asked_at for each in missing).isoformat(timespec="seconds")
    detail = f"the database does not know {len(missing)} recorded erasures to be done, the first of {first}"
    return False, f"{detail}: it was restored, or one was broken off", "pointsman erasures --again"


def _digest_at(store: "SqlStore", position: int) -> str | None:
    with store.reading() as uow:
        found = uow.audit.after(position - 1, 1)
    return found[0].seal.chained if found and found[0].seal.position == position else None


def _readable(settings: Settings) -> bool:
    from routing.adapters.sql.schema_version import is_current
    from routing.bootstrap import is_there

    return is_there(settings.sqlalchemy_url) and is_current(settings.sqlalchemy_url)
