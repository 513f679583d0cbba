"""The tables of what has happened: labels, events and those still to be told."""

import sqlalchemy as sa

from routing.adapters.sql.tables.columns import Id, Serial, Utc, metadata

labels = sa.Table(
    "labels",
    metadata,
    sa.Column("seq", Serial, primary_key=True, autoincrement=True),
    sa.Column("id", Id, nullable=False, unique=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("issue_type", sa.String(64)),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("conversation_id", Id, nullable=False, index=True),
    sa.Column("decided_by", Id, nullable=False),
    sa.Column("at", Utc, nullable=False),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("seq", Serial, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("actor", Id, nullable=False),
    sa.Column("conversation_id", Id, index=True),
    sa.Column("cop_id", Id),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Index("events_by_time", "at", "kind"),
    sqlite_autoincrement=True,
)

outbox = sa.Table("outbox", metadata, sa.Column("seq", Serial, sa.ForeignKey("events.seq"), primary_key=True))
