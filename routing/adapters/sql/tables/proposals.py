"""The table of issue types that people proposed."""

import sqlalchemy as sa

from routing.adapters.sql.tables.columns import Id, Utc, metadata

proposals = sa.Table(
    "proposals",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("name", sa.String(128), nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("proposed_by", Id, nullable=False),
    sa.Column("proposed_at", Utc, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("settlement", sa.JSON(none_as_null=True)),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("proposals_by_state", "state", "id"),
)
