"""The tables of offers and assignments, at most one live of each a conversation."""

import sqlalchemy as sa

from routing.adapters.sql.tables.columns import Id, Utc, metadata

offers = sa.Table(
    "offers",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("conversation_id", Id, sa.ForeignKey("conversations.id"), nullable=False, index=True),
    sa.Column("cop_id", Id, nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("made_at", Utc, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    sa.Column("tick_id", Id, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("ended_at", Utc),
    sa.Column("reason", sa.Text),
    sa.Column("why", sa.JSON, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("offers_by_cop", "cop_id", "state"),
    sa.Index("offers_by_state", "state", "expires_at"),
)
sa.Index(
    "one_pending_offer_a_conversation",
    offers.c.conversation_id,
    unique=True,
    sqlite_where=offers.c.state == "pending",
    postgresql_where=offers.c.state == "pending",
)

assignments = sa.Table(
    "assignments",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("offer_id", Id, sa.ForeignKey("offers.id"), nullable=False, unique=True),
    sa.Column("conversation_id", Id, sa.ForeignKey("conversations.id"), nullable=False, index=True),
    sa.Column("cop_id", Id, nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("started_at", Utc, nullable=False),
    sa.Column("issue_type", sa.String(64)),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("ended_at", Utc),
    sa.Column("disposition", sa.Text),
    sa.Column("handle_time_seconds", sa.Float),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("assignments_by_cop", "cop_id", "state"),
    sa.Index("assignments_by_start", "started_at"),
    sa.Index("assignments_by_end", "ended_at"),
)
sa.Index(
    "one_active_assignment_a_conversation",
    assignments.c.conversation_id,
    unique=True,
    sqlite_where=assignments.c.state == "active",
    postgresql_where=assignments.c.state == "active",
)
