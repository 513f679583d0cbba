"""The table of reviews, each due by a deadline and claimed by one reviewer at a time."""

import sqlalchemy as sa

from routing.adapters.sql.tables.columns import Id, Utc, metadata

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("conversation_id", Id, sa.ForeignKey("conversations.id"), nullable=False, index=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("opened_at", Utc, nullable=False),
    sa.Column("deadline_at", Utc, nullable=False),
    sa.Column("reasons", sa.JSON, nullable=False),
    sa.Column("claimed_by", Id),
    sa.Column("claim_expires_at", Utc),
    sa.Column("skipped_by", sa.JSON, nullable=False),
    sa.Column("lapsed_at", Utc),
    sa.Column("verdict", sa.JSON(none_as_null=True)),
    sa.Column("value", sa.Float, nullable=False, server_default="0"),
    sa.Column("value_reasons", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("blind", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("guess", sa.String(64)),
    sa.Column("model_version", sa.String(64)),
    sa.Column("claimed_at", Utc),
    sa.Column("escalation", sa.JSON(none_as_null=True)),
    sa.Column("proposal_id", Id, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("reviews_by_state", "state", "deadline_at"),
    sa.Index("reviews_by_value", "state", "value", "id"),
    sa.Index("reviews_blind", "blind", "opened_at"),
)
