"""The tables of bookkeeping: what came in, what was answered, leases and ticks."""

import sqlalchemy as sa

from routing.adapters.sql.tables.columns import Id, Serial, Utc, metadata

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("source", Id, primary_key=True),
    sa.Column("event_id", Id, primary_key=True),
    sa.Column("at", Utc, nullable=False, index=True),
)

idempotency = sa.Table(
    "idempotency",
    metadata,
    sa.Column("scope", sa.String(512), primary_key=True),
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("request_digest", sa.String(64), nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("at", Utc, nullable=False, index=True),
)

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", Id, primary_key=True),
    sa.Column("holder", Id, nullable=False),
    sa.Column("epoch", Serial, nullable=False),
    sa.Column("expires_at", Utc, nullable=False),
    # Written by the version before alone; to be dropped when nobody runs that any more.
    sa.Column("watched_by", Id),
    sa.Column("watched_since", Utc),
)

ticks = sa.Table(
    "ticks",
    metadata,
    sa.Column("id", Id, primary_key=True),
    sa.Column("group", sa.String(64), nullable=False),
    sa.Column("epoch", Serial, nullable=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("waiting", sa.Integer, nullable=False),
    sa.Column("free_slots", sa.Integer, nullable=False),
    sa.Column("offered", sa.Integer, nullable=False),
    sa.Column("refused", sa.Integer, nullable=False),
    sa.Column("solver", sa.String(64), nullable=False),
    sa.Column("fallback_reason", sa.Text),
    sa.Column("solve_ms", sa.Float, nullable=False),
    sa.Column("total_ms", sa.Float, nullable=False),
    sa.Column("policy_version", sa.String(64), nullable=False, server_default=""),
    sa.Column("prices_at", Utc),
    sa.Column("unpriced_because", sa.Text),
    sa.Column("experiment", sa.String(64), index=True),
    sa.Column("arm", sa.String(1)),
    sa.Column("block", sa.BigInteger),
    sa.Column("propensity", sa.Float),
)

tick_snapshots = sa.Table(
    "tick_snapshots",
    metadata,
    sa.Column("tick_id", Id, primary_key=True),
    sa.Column("at", Utc, nullable=False, index=True),
    sa.Column("snapshot", sa.LargeBinary, nullable=False),
    sa.Column("known_times", sa.String(64), index=True),
)

known_times = sa.Table(
    "known_times",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("used_at", Utc, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)
