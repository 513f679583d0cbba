"""Conversations keep the alerts that were raised on them: vulnerable customers and fraud in progress."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; conversations from before have no alerts."""
    op.add_column("conversations", sa.Column("alerts", sa.JSON(), nullable=False, server_default="[]"))
