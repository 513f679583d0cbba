"""Producers choose their compression; the intake must be able to read every one Kafka has."""

import pytest
from kafka import codec


@pytest.mark.parametrize("name", ["gzip", "lz4", "snappy", "zstd"])
def test_every_compression_of_kafka_can_be_read(name: str):
    assert getattr(codec, f"has_{name}")()
