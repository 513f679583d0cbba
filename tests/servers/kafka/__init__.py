"""A real single-node Apache Kafka broker."""

from servers.kafka.broker import KafkaBroker
from servers.kafka.jars import JarsUnavailable, broker_jars
from servers.kafka.topics import create_topic

__all__ = ["JarsUnavailable", "KafkaBroker", "broker_jars", "create_topic"]
