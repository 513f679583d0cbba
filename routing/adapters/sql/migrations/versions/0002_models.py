"""Models with their states, what a shadow answered, and drift."""

import sqlalchemy as sa
from alembic import op

from routing.adapters.sql.tables import Serial, Utc

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the registry's tables; an older installation's models are adopted from their folder at the next start."""
    _create_models()
    _create_shadow_triages()
    _create_drift_checks()


def _create_models() -> None:
    op.create_table(
        "models",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("registered_at", Utc(), nullable=False),
        sa.Column("registered_by", sa.String(length=128), nullable=False),
        sa.Column("changed_at", Utc(), nullable=False),
        sa.Column("changed_by", sa.String(length=128), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("thresholds", sa.JSON(), nullable=False),
        sa.Column("reports", sa.JSON(), nullable=False),
        sa.Column("reference", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("assessment", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("previous", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for name, state in (("one_live_model", "live"), ("one_shadow_model", "shadow")):
        only = sa.text(f"state = '{state}'")
        op.create_index(name, "models", ["state"], unique=True, sqlite_where=only, postgresql_where=only)


def _create_shadow_triages() -> None:
    op.create_table(
        "shadow_triages",
        sa.Column("seq", Serial, autoincrement=True, nullable=False),
        sa.Column("conversation_id", sa.String(length=128), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("live_model", sa.String(length=64), nullable=False),
        sa.Column("live_issue_type", sa.String(length=64), nullable=False),
        sa.Column("live_decision", sa.String(length=16), nullable=False),
        sa.Column("live_confidence", sa.Float(), nullable=False),
        sa.Column("issue_type", sa.String(length=64), nullable=True),
        sa.Column("decision", sa.String(length=16), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("failure", sa.String(length=128), nullable=True),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_shadow_triages_at", "shadow_triages", ["at"], unique=False)
    op.create_index("shadow_triages_by_model", "shadow_triages", ["model", "seq"], unique=False)


def _create_drift_checks() -> None:
    op.create_table(
        "drift_checks",
        sa.Column("seq", Serial, autoincrement=True, nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("alarm", sa.Boolean(), nullable=False),
        sa.Column("measures", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_index("ix_drift_checks_at", "drift_checks", ["at"], unique=False)


def downgrade() -> None:
    """Forget the registry; the folders on disk stay, and live.json still names the live model."""
    for table in ("drift_checks", "shadow_triages", "models"):
        op.drop_table(table)
