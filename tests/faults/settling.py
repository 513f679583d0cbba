"""The faults are over: everybody is answered, everything is published, nothing is missing."""

import json
import sqlite3
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from faults import people, weather
from faults.broker import TOPICS
from faults.fate import require
from routing.domain.cop import Presence
from routing.domain.events import EventKind, topic_of
from routing.services import audit

if TYPE_CHECKING:
    from faults.world import World

MOST_ROUNDS = 40
PAUSE_SECONDS = 2.5
ENDED = "('closed', 'abandoned')"


def settle(world: "World") -> None:
    """Let calm processes finish the day; Broken when they cannot, or when something is missing."""
    world.fate.calm = True
    fails_over_in_time(world)
    weather.mend(world)
    world.fate.tell("all is calm")
    world.fate.quiet = True
    for _ in range(MOST_ROUNDS):
        round_of_work(world)
        if is_done(world):
            break
    else:
        left = [tuple(row) for row in world.rows(f"SELECT id, state FROM conversations WHERE state NOT IN {ENDED}")]
        require(False, f"after {MOST_ROUNDS} calm rounds there wait {left}, {len(world.unanswered)} unanswered")
    everything_stored(world)
    poison_buried(world)
    everything_published(world)
    world.promises.erased.nobody_is_found()
    require(audit.verify(world.database.store, []).whole, "the audit trail does not verify")
    database_refuses(world)


def fails_over_in_time(world: "World") -> None:
    """The leader is gone for good; another process leads before twice the lease is over, by whatever clock."""
    world.broker.down = world.database.away = world.database.flickers = False
    leading = world.rows("SELECT holder FROM leases WHERE name = 'matching:main'")
    if not leading:
        return
    other = next(name for name in weather.SERVES if not leading[0]["holder"].startswith(name))
    world.fate.tell(f"{leading[0]['holder']} leads, and is gone for good")
    gone_at, limit = world.fate.elapsed, 2 * world.policy.lease_seconds
    while not world.rows("SELECT holder FROM leases WHERE name = 'matching:main'")[0]["holder"].startswith(other):
        require(world.fate.elapsed - gone_at <= limit, f"nobody leads {limit} s after the leader was gone")
        world.fate.passes(PAUSE_SECONDS)
        weather.ticks_by(world, other)


def round_of_work(world: "World") -> None:
    """Each process does its part once, and every COp answers."""
    while world.unanswered:
        people.asks_again(world)
    for name in weather.CONSUMERS:
        weather.consumes_by(world, name)
    for row in world.rows("SELECT cop_id FROM cop_presence WHERE presence <> 'available' ORDER BY cop_id"):
        people.set_presence(world, row["cop_id"], Presence.AVAILABLE)
    weather.triages(world)
    world.fate.passes(31.0)
    weather.keeps_deadlines(world)
    weather.ticks_by(world, "serve-a")
    for row in world.rows("SELECT id, cop_id FROM offers WHERE state = 'pending' ORDER BY id"):
        people.accept(world, row["id"], row["cop_id"])
    for row in world.rows("SELECT id FROM assignments WHERE state = 'active' ORDER BY id"):
        people.wrap(world, row["id"])
    people.asks_to_erase(world)
    weather.relays_by(world, weather.RELAYS[0], most=200)


def is_done(world: "World") -> bool:
    """Nothing left to do."""
    waiting = world.rows(f"SELECT count(*) AS n FROM conversations WHERE state NOT IN {ENDED}")[0]["n"]
    unsent = world.rows("SELECT count(*) AS n FROM outbox")[0]["n"]
    asked = world.unanswered or world.to_erase
    return not waiting and not unsent and not asked and world.broker.is_caught_up()


def everything_stored(world: "World") -> None:
    """Every message exactly once, but those of customers who were erased."""
    stored = Counter(row["text"] for row in world.rows("SELECT text FROM messages"))
    wanted = Counter(text for text in world.ledger.values() if text not in world.promises.erased.texts)
    require(stored == wanted, f"messages: {stored - wanted} too many, {wanted - stored} missing")


def poison_buried(world: "World") -> None:
    """Every record that cannot be read lies with the dead letters, with its reason and place; no other does."""
    places = {
        (place.topic, place.partition, offset)
        for place, log in world.broker.logs.items()
        for offset, sent in enumerate(log)
        if (sent.key or b"").startswith(b"poison")
    }
    letters = [dict(sent.headers) for sent in world.broker.out[TOPICS.dead_letter]]
    buried = {
        (found["pointsman-topic"].decode(), int(found["pointsman-partition"]), int(found["pointsman-offset"]))
        for found in letters
    }
    require(places <= buried, f"not with the dead letters: {sorted(places - buried)}")
    require(all(found.get("pointsman-reason") for found in letters), "a dead letter without its reason")
    reasons = {found["pointsman-reason"] for found in letters}
    require(b"failed" not in reasons, "a record was buried because of a failure of ours")


def everything_published(world: "World") -> None:
    """Every fact at least once; the first time it appears, in its conversation's order, on whatever topic.

    What was erased leaves or not, as it happened: a relay may have had it in its hands.
    """
    erased = world.promises.erased.facts
    facts = [
        (row["seq"], row["kind"], row["conversation_id"])
        for row in world.rows("SELECT seq, kind, conversation_id FROM events ORDER BY seq")
        if topic_of(EventKind(row["kind"])) is not None
    ]
    ids: dict[int, set[str]] = defaultdict(set)
    for topic in sorted(set(world.broker.out) - {TOPICS.dead_letter}):
        last: dict[str, int] = defaultdict(int)
        for sent in world.broker.out[topic]:
            event = json.loads(sent.value or b"")
            seq, subject = int(event["sequence"]), event["subject"]
            repeated = event["id"] in ids[seq]
            ids[seq].add(event["id"])
            require(repeated or seq > last[subject] or seq in erased, f"{subject}: {seq} appears after {last[subject]}")
            last[subject] = max(last[subject], seq)
    require(set(ids) - erased == {seq for seq, _, _ in facts}, "published and recorded facts differ")
    require(all(len(each) == 1 for each in ids.values()), "a repeated fact has another id")


FORBIDDEN = (
    ("a second live offer", "UPDATE offers SET state = 'pending'"),
    ("a second live assignment", "UPDATE assignments SET state = 'active'"),
    ("a load above the ceiling", "UPDATE cop_slots SET load = ceiling + 1"),
    ("a load below nothing", "UPDATE cop_slots SET load = -1"),
    ("a changed history", "UPDATE events SET kind = 'offer.made'"),
    ("a shorter history", "DELETE FROM events"),
)


def database_refuses(world: "World") -> None:
    """What no code of ours does, tried by raw SQL."""
    many = "SELECT max(n) AS most FROM (SELECT count(*) AS n FROM {} GROUP BY conversation_id)"
    for what, statement in FORBIDDEN:
        table = statement.split()[1 if statement.startswith("UPDATE") else 2]
        if table in ("offers", "assignments") and (world.rows(many.format(table))[0]["most"] or 0) < 2:
            continue
        try:
            world.rows(statement)
        except sqlite3.IntegrityError:
            continue
        require(not world.rows(f"SELECT 1 FROM {table} LIMIT 1"), f"the database took {what}")
