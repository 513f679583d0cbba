"""Review items have a value to be ordered by, and may be blind checks of automatic decisions."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, which old items fill with `of no known value`, and the indexes that order by them."""
    op.add_column("reviews", sa.Column("value", sa.Float(), nullable=False, server_default="0"))
    op.add_column("reviews", sa.Column("value_reasons", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("reviews", sa.Column("blind", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("reviews", sa.Column("guess", sa.String(length=64), nullable=True))
    op.add_column("reviews", sa.Column("model_version", sa.String(length=64), nullable=True))
    op.create_index("reviews_by_value", "reviews", ["state", "value", "id"])
    op.create_index("reviews_blind", "reviews", ["blind", "opened_at"])
