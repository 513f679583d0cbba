"""The tables of erasure: receipts, holds, what models were taught, files that were written, forgotten facts."""

import sqlalchemy as sa

from routing.adapters.sql.tables.columns import Id, Serial, Utc, metadata

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("customer", sa.String(64), nullable=False, index=True),
    sa.Column("key_id", sa.String(16), nullable=False),
    sa.Column("asked_by", Id, nullable=False),
    sa.Column("asked_at", Utc, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.Column("models", sa.JSON, nullable=False),
    sa.Column("lingering", sa.JSON, nullable=False),
    sa.Column("first", Id),
    sa.Column("done_at", Utc),
)

holds = sa.Table(
    "holds",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("set_by", Id, nullable=False),
    sa.Column("set_at", Utc, nullable=False),
    sa.Column("customer_id", Id, index=True),
    sa.Column("conversation_id", Id, index=True),
    sa.Column("lifted_by", Id),
    sa.Column("lifted_at", Utc),
)

lessons = sa.Table(
    "lessons",
    metadata,
    sa.Column("model", sa.String(64), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
)

taught_labels = sa.Table(
    "taught_labels",
    metadata,
    sa.Column("label_id", Id, primary_key=True),
    sa.Column("model", sa.String(64), primary_key=True),
)

exports = sa.Table(
    "exports",
    metadata,
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("kind", sa.String(64), nullable=False),
    sa.Column("at", Utc, nullable=False),
)

# What stands here may leave the history: the trigger on events asks.
forgotten_facts = sa.Table("forgotten_facts", metadata, sa.Column("seq", Serial, primary_key=True, autoincrement=False))
