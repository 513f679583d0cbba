"""The tables of the floor: who is there, what they carry, how long they take."""

import sqlalchemy as sa

from routing.adapters.sql.tables.columns import Id, Utc, metadata

cop_presence = sa.Table(
    "cop_presence",
    metadata,
    sa.Column("cop_id", Id, primary_key=True),
    sa.Column("presence", sa.String(16), nullable=False),
    sa.Column("since", Utc),
)

cop_slots = sa.Table(
    "cop_slots",
    metadata,
    sa.Column("cop_id", Id, primary_key=True),
    sa.Column("channel", sa.String(16), primary_key=True),
    sa.Column("capacity", sa.Integer, nullable=False),
    # The capacity, or the load held when it was lowered below that; it sinks with the load.
    sa.Column("ceiling", sa.Integer, nullable=False),
    sa.Column("load", sa.Integer, nullable=False),
    sa.CheckConstraint("load >= 0 AND load <= ceiling", name="load_within_capacity"),
)

handle_times = sa.Table(
    "handle_times",
    metadata,
    sa.Column("issue_type", sa.String(64), primary_key=True),
    sa.Column("cop_id", Id, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("mean_log_seconds", sa.Float, nullable=False),
    sa.Column("m2", sa.Float, nullable=False),
)
