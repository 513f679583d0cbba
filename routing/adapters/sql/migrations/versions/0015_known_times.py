"""Handle times kept once for all the ticks that went by them."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table, and say of each snapshot which of its rows it goes by; older ones hold their own."""
    op.create_table(
        "known_times",
        sa.Column("digest", sa.String(length=64), primary_key=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.add_column("tick_snapshots", sa.Column("known_times", sa.String(length=64), nullable=True))
    op.create_index("ix_tick_snapshots_known_times", "tick_snapshots", ["known_times"])
