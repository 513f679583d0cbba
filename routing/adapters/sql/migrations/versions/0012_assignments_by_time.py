"""What COps took and finished lately is found by its time."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the indexes."""
    op.create_index("assignments_by_start", "assignments", ["started_at"])
    op.create_index("assignments_by_end", "assignments", ["ended_at"])
