"""A lease says who waits for its end, and since when by their own clock."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a lease from before is watched by nobody."""
    op.add_column("leases", sa.Column("watched_by", sa.String(length=128), nullable=True))
    op.add_column("leases", sa.Column("watched_since", sa.DateTime(timezone=True), nullable=True))
