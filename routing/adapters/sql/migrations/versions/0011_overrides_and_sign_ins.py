"""Managers' temporary changes, and sign-ins to the console that outlive the process."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)
ID = sa.String(length=128)


def upgrade() -> None:
    """Add both tables."""
    op.create_table(
        "overrides",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("by", ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("starts_at", AT, nullable=False),
        sa.Column("ends_at", AT, nullable=False),
        sa.Column("market", ID, nullable=True),
        sa.Column("family", ID, nullable=True),
        sa.Column("cop_id", ID, nullable=True),
        sa.Column("skill", ID, nullable=True),
        sa.Column("proficiency", sa.Float(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=True),
        sa.Column("backup", ID, nullable=True),
        sa.Column("undone_at", AT, nullable=True),
        sa.Column("undone_by", ID, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
    )
    op.create_index("overrides_by_end", "overrides", ["ends_at"])
    op.create_table(
        "sign_ins",
        sa.Column("digest", sa.String(length=64), primary_key=True),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("expires_at", AT, nullable=False),
    )
    op.create_index("ix_sign_ins_expires_at", "sign_ins", ["expires_at"])
