"""The tables, with the rules that the database itself keeps."""

from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Utc(TypeDecorator[datetime]):
    """Aware UTC datetimes, with microseconds, on databases with and without time zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database: UTC, naive where the database knows no zones."""
        if value is None:
            return None
        aware = value.astimezone(UTC)
        return aware.replace(tzinfo=None) if dialect.name == "sqlite" else aware

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the base class's signature
        """From the database: always aware, always UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


Serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")
Id = sa.String(128)
metadata = sa.MetaData()

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
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("conversations_by_state", "state", "waiting_since", "id"),
    sa.Index("conversations_by_customer", "customer_id"),
    sa.Index("conversations_by_time", "received_at", "id"),
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
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("reviews_by_state", "state", "deadline_at"),
    sa.Index("reviews_by_value", "state", "value", "id"),
    sa.Index("reviews_blind", "blind", "opened_at"),
)

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
)
sa.Index(
    "one_active_assignment_a_conversation",
    assignments.c.conversation_id,
    unique=True,
    sqlite_where=assignments.c.state == "active",
    postgresql_where=assignments.c.state == "active",
)

cop_presence = sa.Table(
    "cop_presence",
    metadata,
    sa.Column("cop_id", Id, primary_key=True),
    sa.Column("presence", sa.String(16), nullable=False),
    sa.Column("since", Utc),
)

cop_slots = sa.Table(
    "cop_slots",
    metadata,
    sa.Column("cop_id", Id, primary_key=True),
    sa.Column("channel", sa.String(16), primary_key=True),
    sa.Column("capacity", sa.Integer, nullable=False),
    # The capacity, or the load held when it was lowered below that; it sinks with the load.
    sa.Column("ceiling", sa.Integer, nullable=False),
    sa.Column("load", sa.Integer, nullable=False),
    sa.CheckConstraint("load >= 0 AND load <= ceiling", name="load_within_capacity"),
)

handle_times = sa.Table(
    "handle_times",
    metadata,
    sa.Column("issue_type", sa.String(64), primary_key=True),
    sa.Column("cop_id", Id, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("mean_log_seconds", sa.Float, nullable=False),
    sa.Column("m2", sa.Float, nullable=False),
)

labels = sa.Table(
    "labels",
    metadata,
    sa.Column("seq", Serial, primary_key=True, autoincrement=True),
    sa.Column("id", Id, nullable=False, unique=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("issue_type", sa.String(64)),
    sa.Column("source", sa.String(16), nullable=False),
    sa.Column("conversation_id", Id, nullable=False),
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
)

models = sa.Table(
    "models",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("registered_at", Utc, nullable=False),
    sa.Column("registered_by", Id, nullable=False),
    sa.Column("changed_at", Utc, nullable=False),
    sa.Column("changed_by", Id, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("facts", sa.JSON, nullable=False),
    sa.Column("thresholds", sa.JSON, nullable=False),
    sa.Column("reports", sa.JSON, nullable=False),
    sa.Column("reference", sa.JSON(none_as_null=True)),
    sa.Column("assessment", sa.JSON(none_as_null=True)),
    sa.Column("previous", sa.String(64)),
    sa.Column("version", sa.Integer, nullable=False),
)
for _name, _state in (("one_live_model", "live"), ("one_shadow_model", "shadow")):
    sa.Index(
        _name,
        models.c.state,
        unique=True,
        sqlite_where=models.c.state == _state,
        postgresql_where=models.c.state == _state,
    )

shadow_triages = sa.Table(
    "shadow_triages",
    metadata,
    sa.Column("seq", Serial, primary_key=True, autoincrement=True),
    sa.Column("conversation_id", Id, nullable=False),
    sa.Column("at", Utc, nullable=False, index=True),
    sa.Column("model", sa.String(64), nullable=False),
    sa.Column("live_model", sa.String(64), nullable=False),
    sa.Column("live_issue_type", sa.String(64), nullable=False),
    sa.Column("live_decision", sa.String(16), nullable=False),
    sa.Column("live_confidence", sa.Float, nullable=False),
    sa.Column("issue_type", sa.String(64)),
    sa.Column("decision", sa.String(16)),
    sa.Column("confidence", sa.Float),
    sa.Column("failure", sa.String(128)),
    sa.Index("shadow_triages_by_model", "model", "seq"),
)

drift_checks = sa.Table(
    "drift_checks",
    metadata,
    sa.Column("seq", Serial, primary_key=True, autoincrement=True),
    sa.Column("model", sa.String(64), nullable=False),
    sa.Column("at", Utc, nullable=False, index=True),
    sa.Column("alarm", sa.Boolean, nullable=False),
    sa.Column("measures", sa.JSON, nullable=False),
)
