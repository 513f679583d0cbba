"""Ticks say whose turn it was in an experiment."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; ticks from before were part of no experiment."""
    op.add_column("ticks", sa.Column("experiment", sa.String(length=64), nullable=True))
    op.add_column("ticks", sa.Column("arm", sa.String(length=1), nullable=True))
    op.add_column("ticks", sa.Column("block", sa.BigInteger(), nullable=True))
    op.add_column("ticks", sa.Column("propensity", sa.Float(), nullable=True))
    op.create_index("ix_ticks_experiment", "ticks", ["experiment"])
