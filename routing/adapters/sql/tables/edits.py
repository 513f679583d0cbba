"""The table of edits, every version of them."""

import sqlalchemy as sa

from routing.adapters.sql.tables.columns import Id, Utc, metadata

edits = sa.Table(
    "edits",
    metadata,
    sa.Column("subject", sa.String(16), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("digest", sa.String(12), nullable=False),
    sa.Column("by", Id, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("rolled_back_to", sa.Integer),
)
