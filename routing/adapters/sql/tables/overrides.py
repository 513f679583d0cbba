"""The tables of managers' temporary changes and of sign-ins to the console."""

import sqlalchemy as sa

from routing.adapters.sql.tables.columns import Id, Utc, metadata

overrides = sa.Table(
    "overrides",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("by", Id, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("starts_at", Utc, nullable=False),
    sa.Column("ends_at", Utc, nullable=False),
    sa.Column("market", Id),
    sa.Column("family", Id),
    sa.Column("cop_id", Id),
    sa.Column("skill", Id),
    sa.Column("proficiency", sa.Float),
    sa.Column("priority", sa.Integer),
    sa.Column("backup", Id),
    sa.Column("undone_at", Utc),
    sa.Column("undone_by", Id),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("overrides_by_end", "ends_at"),
)

sign_ins = sa.Table(
    "sign_ins",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("principal", sa.Text, nullable=False),
    sa.Column("expires_at", Utc, nullable=False, index=True),
)
