"""One member of a consumer group in a process of its own: reads, writes down what it read, then commits.

    python group_member.py BOOTSTRAP TOPIC GROUP JOURNAL [--stall-after N]

Each line of JOURNAL is JSON: {"assigned": [partition, ...]} or {"read": value, "partition": p, "offset": o}.
With --stall-after the member stops between writing down and committing, once it has read N records, and adds
{"stalled": true}: it still sends heartbeats, and waits to be killed. What it could not commit is
{"given_back": [value, ...]}.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

from kafka import ConsumerRebalanceListener, KafkaConsumer
from kafka.errors import KafkaError

SESSION_TIMEOUT_MS = 3_000
HEARTBEAT_MS = 500


class Journal(ConsumerRebalanceListener):
    """What this member saw, on disk before anything is committed."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def add(self, **entry: object) -> None:
        with self._file.open("a") as out:
            out.write(json.dumps(entry) + "\n")

    def on_partitions_assigned(self, assigned: Any) -> None:
        self.add(assigned=sorted(item.partition for item in assigned))

    def on_partitions_revoked(self, revoked: Any) -> None:
        pass


def run(options: argparse.Namespace) -> None:
    """Read until killed."""
    journal = Journal(options.journal)
    consumer = KafkaConsumer(
        bootstrap_servers=options.bootstrap,
        group_id=options.group,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=SESSION_TIMEOUT_MS,
        heartbeat_interval_ms=HEARTBEAT_MS,
        max_poll_records=5,
    )
    # Who joins before it knows the topic may be given nothing, and not notice for minutes.
    while not consumer.partitions_for_topic(options.topic):
        time.sleep(0.05)
    consumer.subscribe([options.topic], listener=journal)
    read = 0
    while True:
        in_hand = []
        for records in consumer.poll(timeout_ms=200).values():
            for record in records:
                journal.add(read=record.value.decode(), partition=record.partition, offset=record.offset)
                in_hand.append(record.value.decode())
        read += len(in_hand)
        if options.stall_after is not None and read >= options.stall_after:
            journal.add(stalled=True)
            time.sleep(3600)
        try:
            consumer.commit()
        except KafkaError:
            # Ordinary when the group has moved on meanwhile: whoever has the partition now reads them again.
            journal.add(given_back=in_hand)


def parse() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser()
    for name in ("bootstrap", "topic", "group"):
        parser.add_argument(name)
    parser.add_argument("journal", type=Path)
    parser.add_argument("--stall-after", type=int)
    return parser.parse_args()


if __name__ == "__main__":
    run(parse())
