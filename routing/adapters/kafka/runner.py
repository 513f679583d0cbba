"""The two roles as they run: supervised until stopped."""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from routing.adapters.kafka.consumer import Ends, IntakeConsumer, Pace, consumer_of, is_undecodable
from routing.adapters.kafka.dead_letters import DeadLetters
from routing.adapters.kafka.producing import Producer, producer_of
from routing.adapters.kafka.publisher import KafkaPublisher
from routing.adapters.kafka.record_store import RecordStore
from routing.adapters.kafka.topics import Topics, ensure_topics
from routing.adapters.probes import Fares
from routing.domain.errors import Unavailable
from routing.services.context import Context
from routing.services.relaying import relay, stand_down
from routing.settings import Settings

log = logging.getLogger(__name__)
FIRST_BACKOFF_SECONDS = 0.2
LONGEST_BACKOFF_SECONDS = 5.0
RELAY_PAUSE_SECONDS = 0.2
STEADY_SECONDS = 30.0
CLOSE_MS = 5_000
BROKERS_CHOICE = 0


def run_consumer(
    context: Context,
    settings: Settings,
    stop: threading.Event,
    pace: Pace | None = None,
    fares: Fares | None = None,
) -> None:
    """Take in messages and presence until `stop` is set; then finish the batch, commit and leave the group."""
    _keep_contents_out_of_logs()
    chosen = pace or Pace()
    supervise("consumer", lambda: _consume(context, settings, stop, chosen), stop, fares)


def run_relay(context: Context, settings: Settings, stop: threading.Event, fares: Fares | None = None) -> None:
    """Publish the outbox until `stop` is set; the batch in hand is finished and marked."""
    _keep_contents_out_of_logs()
    holder = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
    publisher = KafkaPublisher(Producer(lambda: producer_of(settings)), Topics(settings.kafka_prefix))
    try:
        supervise("relay", lambda: _relay(context, settings, publisher, holder, stop), stop, fares)
    finally:
        publisher.close()
        _stand_down(context, holder)


def supervise(role: str, work: Callable[[], None], stop: threading.Event, fares: Fares | None = None) -> None:
    """Run `work` again whenever it fails, after a pause that grows to five seconds, until `stop` is set.

    `fares` is told of every beginning and failure.
    """
    backoff, fares = FIRST_BACKOFF_SECONDS, fares or Fares()
    while not stop.is_set():
        started = time.monotonic()
        fares.attempt()
        try:
            work()
        except Exception as error:  # a supervisor's whole purpose; the error's text may quote a customer
            if time.monotonic() - started > STEADY_SECONDS:
                backoff = FIRST_BACKOFF_SECONDS
            reason = str(error) if isinstance(error, Unavailable) else type(error).__name__
            log.warning("the %s begins anew in %.1f s: %s", role, backoff, reason)
            fares.failed(reason)
            stop.wait(backoff)
            backoff = min(LONGEST_BACKOFF_SECONDS, 2 * backoff)


def _consume(context: Context, settings: Settings, stop: threading.Event, pace: Pace) -> None:
    _create_missing_topics(settings)
    topics = Topics(settings.kafka_prefix)
    producer = Producer(lambda: producer_of(settings))
    client: Any = consumer_of(settings, pace)
    try:
        dead_letters = DeadLetters(producer, topics.dead_letter, context.masker.mask)
        ends = Ends(client, RecordStore(context, topics), dead_letters, partial(is_undecodable, settings))
        IntakeConsumer(ends, stop, pace).run()
    finally:
        client.close(autocommit=False, timeout_ms=CLOSE_MS)
        producer.close()


def _relay(context: Context, settings: Settings, publisher: KafkaPublisher, holder: str, stop: threading.Event) -> None:
    _create_missing_topics(settings)
    while not stop.is_set():
        if not relay(context, publisher, holder):
            stop.wait(RELAY_PAUSE_SECONDS)


def _create_missing_topics(settings: Settings) -> None:
    from kafka.errors import AuthorizationError

    try:
        created = ensure_topics(settings, BROKERS_CHOICE)
    except AuthorizationError:
        log.info("not allowed to look for missing topics; they have to be there")
        return
    if created:
        log.info("created topics: %s", ", ".join(created))


def _stand_down(context: Context, holder: str) -> None:
    try:
        stand_down(context, holder)
    except Unavailable:
        log.info("the relay's lease ends by itself")


def _keep_contents_out_of_logs() -> None:
    # At DEBUG the client writes keys, values and headers of every record.
    client_log = logging.getLogger("kafka")
    client_log.setLevel(max(client_log.level, logging.WARNING))
