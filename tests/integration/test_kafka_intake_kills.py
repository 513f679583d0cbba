"""Each message once, whichever process dies: a consumer, the database, the broker."""

import random
import time
from pathlib import Path

import pytest
from integration.kafka_house import (
    POSTGRES,
    House,
    assert_each_stored_once,
    house_at,
    leave,
    message,
    send,
    send_messages,
)
from integration.kafka_roles import consuming, running
from kafka_door import topics_exist
from servers import processes
from servers.kafka import KafkaBroker
from servers.postgres import PostgresCluster

from routing.adapters.sql.tables import messages

pytestmark = pytest.mark.kafka


@pytest.mark.parametrize("house", [POSTGRES], indirect=True)
def test_two_survivors_store_everything_exactly_once_when_the_third_is_killed_in_the_middle(house: House) -> None:
    first = [house.consumer(), house.consumer(), house.consumer()]
    ids = send_messages(house, 200, 60)
    house.wait_for_messages(20)

    first[0].kill()
    late = [f"late{number}" for number in range(60)]
    send(house, house.topics.messages, [(id, message(id, id)) for id in late])
    house.wait_for_messages(260)
    house.wait_for_no_lag()

    assert_each_stored_once(house, [*ids, *late])
    assert [process.poll() for process in first[1:]] == [None, None]


@pytest.mark.parametrize("house", [POSTGRES], indirect=True)
def test_a_kill_between_the_database_and_the_offset_neither_loses_nor_doubles(house: House) -> None:
    ids = send_messages(house, 120, 40)
    for commit in (1, 2, 1):
        assert house.consumer("--die-at", str(commit)).wait(60) == -9
    stored_before = house.count(messages)
    assert house.lag() > len(ids) - stored_before, "no offset was left behind the database"

    house.consumer()
    house.wait_for_messages(120)
    house.wait_for_no_lag()

    assert_each_stored_once(house, ids)


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_kills_at_random_moments_neither_lose_nor_double(house: House) -> None:
    chance = random.Random(20261122)
    ids = send_messages(house, 300, 90)
    for _ in range(4):
        process = house.consumer()
        before = house.count(messages)
        processes.wait_until(lambda before=before: house.count(messages) > before, "some progress")
        time.sleep(chance.random() * 0.2)
        process.kill()
        process.wait()
        if house.count(messages) == 300:
            break

    house.consumer()
    house.wait_for_messages(300)
    house.wait_for_no_lag()

    assert_each_stored_once(house, ids)


@pytest.mark.parametrize("house", ["sqlite"], indirect=True)
def test_sigterm_ends_a_consumer_cleanly_and_the_next_goes_on_without_waiting_for_its_session(house: House) -> None:
    process = house.consumer()
    ids = send_messages(house, 60, 20)
    house.wait_for_messages(10)

    process.terminate()
    assert process.wait(20) == 0
    stored = house.count(messages)
    assert house.lag() == 60 - stored

    house.consumer()
    house.wait_for_messages(60)
    assert_each_stored_once(house, ids)


@pytest.mark.postgres
def test_a_crash_of_the_database_stops_the_intake_and_loses_nothing(
    kafka_bootstrap: str, own_postgres: PostgresCluster, tmp_path: Path
) -> None:
    house = house_at(own_postgres.url, kafka_bootstrap, tmp_path)
    with running(consuming(house.store, house.settings)):
        ids = send_messages(house, 20, 10)
        house.wait_for_messages(20)
        house.wait_for_no_lag()
        own_postgres.crash()
        late = [f"late{number}" for number in range(20)]
        send(house, house.topics.messages, [(id, message(id, id)) for id in late])
        time.sleep(1)
        assert house.lag() == 20
        own_postgres.start()
        house.wait_for_messages(40)
        house.wait_for_no_lag()

    assert_each_stored_once(house, [*ids, *late])
    leave(house)


def test_intake_goes_on_after_the_broker_was_killed_and_came_back(
    own_kafka_broker: KafkaBroker, tmp_path: Path
) -> None:
    house = house_at(f"sqlite:///{tmp_path / 'pointsman.db'}", own_kafka_broker.bootstrap, tmp_path)
    with running(consuming(house.store, house.settings)):
        ids = send_messages(house, 30, 10)
        house.wait_for_messages(5)
        own_kafka_broker.kill()
        own_kafka_broker.start()
        late = [f"late{number}" for number in range(30)]
        send(house, house.topics.messages, [(id, message(id, id)) for id in late])
        house.wait_for_messages(60)
        house.wait_for_no_lag()

    assert_each_stored_once(house, [*ids, *late])
    leave(house)


def test_a_broker_that_comes_back_empty_is_read_from_its_new_beginning_and_nothing_counts_twice(
    kafka_jars: Path, tmp_path: Path
) -> None:
    with KafkaBroker(kafka_jars, tmp_path / "kafka", {"auto.create.topics.enable": "false"}) as broker:
        house = house_at(f"sqlite:///{tmp_path / 'pointsman.db'}", broker.bootstrap, tmp_path)
        with running(consuming(house.store, house.settings)):
            ids = send_messages(house, 40, 10)
            house.wait_for_messages(40)
            broker.kill()
            broker.forget()
            broker.start()
            processes.wait_until(lambda: topics_exist(broker.bootstrap, house.settings.kafka_prefix), "new topics")
            # Whoever sends does not know what arrived: some of it comes again, with the ids it had.
            new = [f"new{number}" for number in range(20)]
            again = [(id, message(id, id)) for id in [*ids[20:], *new]]
            send(house, house.topics.messages, again)
            house.wait_for_messages(60)
            house.wait_for_no_lag()

        assert_each_stored_once(house, [*ids, *new])
        leave(house)
