"""Kafka: takes in messages and presence, publishes what happened; the client itself is loaded when a role runs."""

from routing.adapters.kafka.runner import run_consumer, run_relay
from routing.adapters.kafka.topics import Topics, ensure_topics

__all__ = ["Topics", "ensure_topics", "run_consumer", "run_relay"]
