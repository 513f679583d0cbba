"""A real broker starts with the settings that the compose file gives to its image."""

from pathlib import Path

import pytest
import yaml
from kafka import KafkaAdminClient, KafkaProducer
from servers.kafka import KafkaBroker, create_topic
from servers.processes import free_port

pytestmark = pytest.mark.kafka

COMPOSE = Path(__file__).parents[2] / "deploy" / "compose.yaml"
PORTS_IN_THE_FILE = ("9092", "9093", "19092")


def settings_of_the_file(ports: dict[str, int]) -> dict[str, str]:
    """The image's KAFKA_* variables as broker properties, their addresses moved to loopback and to `ports`."""
    variables = yaml.safe_load(COMPOSE.read_text())["services"]["kafka"]["environment"]
    settings = {name.removeprefix("KAFKA_").replace("_", ".").lower(): value for name, value in variables.items()}
    del settings["log.dirs"]
    return {name: moved(value, ports) for name, value in settings.items()}


def moved(value: str, ports: dict[str, int]) -> str:
    value = value.replace("//:", "//127.0.0.1:").replace("kafka:", "127.0.0.1:")
    for old, new in ports.items():
        value = value.replace(f"127.0.0.1:{old}", f"127.0.0.1:{new}")
    return value


def test_a_broker_with_the_compose_file_s_settings_serves_the_network_s_and_the_host_s_clients(
    kafka_jars: Path, tmp_path: Path
) -> None:
    ports = {port: free_port() for port in PORTS_IN_THE_FILE}
    host = f"127.0.0.1:{ports['19092']}"

    with KafkaBroker(kafka_jars, tmp_path, settings_of_the_file(ports), port=ports["9092"]) as broker:
        topic = create_topic(broker.bootstrap, "compose", partitions=-1)
        for address in (broker.bootstrap, host):
            producer = KafkaProducer(bootstrap_servers=address, acks="all")
            assert producer.send(topic, b"value", partition=0).get(timeout=30).topic == topic
            producer.close()
        client = KafkaAdminClient(bootstrap_servers=host)
        advertised = [(node["host"], node["port"]) for node in client.describe_cluster()["brokers"]]
        partitions = client.describe_topics([topic])[0]["partitions"]
        client.close()

    assert advertised == [("127.0.0.1", ports["19092"])]
    assert len(partitions) == 6
