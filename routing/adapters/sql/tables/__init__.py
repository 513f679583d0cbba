"""The tables, with the rules that the database itself keeps; importing any of them brings the whole schema."""

from routing.adapters.sql.tables.bookkeeping import idempotency, inbox, known_times, leases, tick_snapshots, ticks
from routing.adapters.sql.tables.columns import Id, Serial, Utc, metadata
from routing.adapters.sql.tables.conversations import conversations, messages, triages
from routing.adapters.sql.tables.edits import edits
from routing.adapters.sql.tables.erasing import erasures, exports, forgotten_facts, holds, lessons, taught_labels
from routing.adapters.sql.tables.floor import cop_presence, cop_slots, handle_times
from routing.adapters.sql.tables.history import events, labels, outbox
from routing.adapters.sql.tables.models import drift_checks, models, shadow_triages
from routing.adapters.sql.tables.overrides import overrides, sign_ins
from routing.adapters.sql.tables.proposals import proposals
from routing.adapters.sql.tables.reviews import reviews
from routing.adapters.sql.tables.work import assignments, offers

__all__ = [
    "Id",
    "Serial",
    "Utc",
    "assignments",
    "conversations",
    "cop_presence",
    "cop_slots",
    "drift_checks",
    "edits",
    "erasures",
    "events",
    "exports",
    "forgotten_facts",
    "handle_times",
    "holds",
    "idempotency",
    "inbox",
    "known_times",
    "labels",
    "leases",
    "lessons",
    "messages",
    "metadata",
    "models",
    "offers",
    "outbox",
    "overrides",
    "proposals",
    "reviews",
    "shadow_triages",
    "sign_ins",
    "taught_labels",
    "tick_snapshots",
    "ticks",
    "triages",
]
