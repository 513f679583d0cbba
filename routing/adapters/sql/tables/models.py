"""The tables of models, of shadow triages and of checks for drift."""

import sqlalchemy as sa

from routing.adapters.sql.tables.columns import Id, Serial, Utc, metadata

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
    sa.Column("conversation_id", Id, nullable=False, index=True),
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
