"""The tables of conversations: what was written, and how it was read."""

import sqlalchemy as sa

from routing.adapters.sql.tables.columns import Id, Serial, Utc, metadata

conversations = sa.Table(
    "conversations",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("market", sa.String(64), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("customer_id", Id),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("received_at", Utc, nullable=False),
    sa.Column("waiting_since", Utc, nullable=False),
    sa.Column("language", sa.String(8)),
    sa.Column("issue_type", sa.String(64)),
    sa.Column("candidates", sa.JSON, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("target_seconds", sa.Float, nullable=False),
    sa.Column("vulnerable", sa.Boolean, nullable=False),
    sa.Column("fraud", sa.Boolean, nullable=False),
    sa.Column("alerts", sa.JSON, nullable=False, server_default="[]"),
    sa.Column("last_cop_id", Id),
    sa.Column("excluded", sa.JSON, nullable=False),
    sa.Column("returns", sa.Integer, nullable=False),
    sa.Column("answered_at", Utc),
    sa.Column("ended_at", Utc),
    # Kept by retention alone: a conversation does not know of it.
    sa.Column("words_gone_at", Utc),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("conversations_by_state", "state", "waiting_since", "id"),
    sa.Index("conversations_by_customer", "customer_id"),
    sa.Index("conversations_by_time", "received_at", "id"),
    sa.Index("conversations_by_end", "ended_at", "id"),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("seq", Serial, primary_key=True, autoincrement=True),
    sa.Column("id", Id, nullable=False, unique=True),
    sa.Column("conversation_id", Id, sa.ForeignKey("conversations.id"), nullable=False, index=True),
    sa.Column("author", sa.String(32), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False),
)

triages = sa.Table(
    "triages",
    metadata,
    sa.Column("seq", Serial, primary_key=True, autoincrement=True),
    sa.Column("conversation_id", Id, sa.ForeignKey("conversations.id"), nullable=False, index=True),
    sa.Column("at", Utc, nullable=False, index=True),
    sa.Column("decision", sa.String(16), nullable=False),
    sa.Column("model_version", sa.String(64), nullable=False),
    sa.Column("answer", sa.JSON, nullable=False),
)
