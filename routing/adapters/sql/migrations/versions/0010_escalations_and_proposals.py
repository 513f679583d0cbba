"""Review items can be escalated and be cases of a proposed issue type, and know since when they are claimed."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the columns, empty for old items, and the table of proposals."""
    op.add_column("reviews", sa.Column("claimed_at", AT, nullable=True))
    op.add_column("reviews", sa.Column("escalation", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("reviews", sa.Column("proposal_id", sa.String(length=128), nullable=True))
    op.create_index("ix_reviews_proposal_id", "reviews", ["proposal_id"])
    op.create_table(
        "proposals",
        sa.Column("id", sa.String(length=128), primary_key=True),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.String(length=128), nullable=False),
        sa.Column("proposed_at", AT, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("settlement", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("proposals_by_state", "proposals", ["state", "id"])
