"""Customers can be erased: receipts, holds, what models were taught, and facts that may leave once forgotten."""

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
AT = sa.DateTime(timezone=True)
REFUSAL = "history is append-only; only a forgotten fact may leave"
# Both must hold: it was forgotten, and no salt is left by which its seal could still tell of it.
MAY_LEAVE = (
    "EXISTS (SELECT 1 FROM forgotten_facts f WHERE f.seq = OLD.seq) "
    "AND NOT EXISTS (SELECT 1 FROM seals s WHERE s.seq = OLD.seq AND s.salt IS NOT NULL)"
)
CHUNK = 1_000


def upgrade() -> None:
    """Add tables, let forgotten facts leave the history, and keep fingerprints of the inbox instead of its ids."""
    _receipts_and_holds()
    _teaching_and_files()
    op.add_column("conversations", sa.Column("words_gone_at", AT, nullable=True))
    op.create_index("conversations_by_end", "conversations", ["ended_at", "id"])
    op.create_index("ix_labels_conversation_id", "labels", ["conversation_id"])
    op.create_index("ix_shadow_triages_conversation_id", "shadow_triages", ["conversation_id"])
    if op.get_bind().dialect.name == "postgresql":
        _let_leave_on_postgresql()
    else:
        _let_leave_on_sqlite()
    _fingerprint_the_inbox()


def _receipts_and_holds() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(length=128), primary_key=True),
        sa.Column("customer", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("asked_by", sa.String(length=128), nullable=False),
        sa.Column("asked_at", AT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("models", sa.JSON(), nullable=False),
        sa.Column("lingering", sa.JSON(), nullable=False),
        sa.Column("first", sa.String(length=128), nullable=True),
        sa.Column("done_at", AT, nullable=True),
    )
    op.create_index("ix_erasures_customer", "erasures", ["customer"])
    op.create_table(
        "holds",
        sa.Column("id", sa.String(length=128), primary_key=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", sa.String(length=128), nullable=False),
        sa.Column("set_at", AT, nullable=False),
        sa.Column("customer_id", sa.String(length=128), nullable=True),
        sa.Column("conversation_id", sa.String(length=128), nullable=True),
        sa.Column("lifted_by", sa.String(length=128), nullable=True),
        sa.Column("lifted_at", AT, nullable=True),
    )
    op.create_index("ix_holds_customer_id", "holds", ["customer_id"])
    op.create_index("ix_holds_conversation_id", "holds", ["conversation_id"])
    op.create_table("forgotten_facts", sa.Column("seq", SERIAL, autoincrement=False, primary_key=True))


def _teaching_and_files() -> None:
    op.create_table(
        "lessons",
        sa.Column("model", sa.String(length=64), primary_key=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
    )
    op.create_table(
        "taught_labels",
        sa.Column("label_id", sa.String(length=128), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("label_id", "model"),
    )
    op.create_table(
        "exports",
        sa.Column("path", sa.Text(), primary_key=True),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("at", AT, nullable=False),
    )


def _let_leave_on_postgresql() -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' AND {MAY_LEAVE} THEN RETURN OLD; END IF; "
        f"RAISE EXCEPTION '{REFUSAL}'; END $$"
    )


def _let_leave_on_sqlite() -> None:
    op.execute("DROP TRIGGER events_no_delete")
    op.execute(
        f"CREATE TRIGGER events_no_delete BEFORE DELETE ON events WHEN NOT ({MAY_LEAVE}) "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    )


def _fingerprint_the_inbox() -> None:
    """The same ids as before are still known, and nobody can read them any more."""
    inbox = sa.table("inbox", sa.column("source"), sa.column("event_id"), sa.column("at"))
    connection = op.get_bind()
    found = connection.execute(sa.select(inbox.c.source, inbox.c.event_id, inbox.c.at)).all()
    connection.execute(sa.delete(inbox))
    rows = [{"source": "", "event_id": _fingerprint(source, id), "at": at} for source, id, at in found]
    for start in range(0, len(rows), CHUNK):
        connection.execute(sa.insert(inbox), rows[start : start + CHUNK])


def _fingerprint(*parts: str) -> str:
    framed = "".join(f"{len(part)}:{part}" for part in parts)
    return hashlib.sha256(framed.encode("utf-8", "surrogatepass")).hexdigest()
