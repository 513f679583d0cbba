"""Ticks say by which policy and prices they were matched, and keep what they were made from."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, which ticks from before leave empty, and the table of snapshots."""
    op.add_column("ticks", sa.Column("policy_version", sa.String(length=64), nullable=False, server_default=""))
    op.add_column("ticks", sa.Column("prices_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("ticks", sa.Column("unpriced_because", sa.Text(), nullable=True))
    op.create_table(
        "tick_snapshots",
        sa.Column("tick_id", sa.String(length=128), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snapshot", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tick_id"),
    )
    op.create_index("ix_tick_snapshots_at", "tick_snapshots", ["at"])
