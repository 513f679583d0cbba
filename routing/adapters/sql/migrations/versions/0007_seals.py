"""Every fact of the history from here on is sealed to the one before it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
REFUSAL = "seals are only added; a salt alone may be forgotten"
SAME = "NEW.position = OLD.position AND NEW.seq = OLD.seq AND NEW.content = OLD.content AND NEW.chained = OLD.chained"


def upgrade() -> None:
    """Add the table and the rule that no seal is changed or taken away; older facts stay without one."""
    op.create_table(
        "seals",
        sa.Column("position", SERIAL, autoincrement=False, nullable=False),
        sa.Column("seq", SERIAL, nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("chained", sa.String(length=64), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=True),
        sa.PrimaryKeyConstraint("position"),
        sa.UniqueConstraint("seq"),
    )
    if op.get_bind().dialect.name == "postgresql":
        _keep_on_postgresql()
    else:
        _keep_on_sqlite()


def _keep_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_unsealing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'UPDATE' AND NEW.salt IS NULL AND {SAME} THEN RETURN NEW; END IF; "
        f"RAISE EXCEPTION '{REFUSAL}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER seals_append_only BEFORE UPDATE OR DELETE ON seals "
        "FOR EACH ROW EXECUTE FUNCTION refuse_unsealing()"
    )


def _keep_on_sqlite() -> None:
    op.execute(f"CREATE TRIGGER seals_no_delete BEFORE DELETE ON seals BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END")
    op.execute(
        f"CREATE TRIGGER seals_no_update BEFORE UPDATE ON seals WHEN NOT (NEW.salt IS NULL AND {SAME}) "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    )
