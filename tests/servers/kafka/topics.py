"""Topics of the tests: a fresh name each, so that tests share a broker and never each other's messages."""

import uuid

from kafka import KafkaAdminClient


def create_topic(bootstrap: str, stem: str = "test", partitions: int = 3) -> str:
    """Create a topic with a name of its own that begins with `stem`; returns the name."""
    name = f"{stem}-{uuid.uuid4().hex[:12]}"
    client = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        options = {"num_partitions": partitions, "replication_factor": 1}
        client.create_topics({name: options}, wait_for_metadata=True)
    finally:
        client.close()
    return name
