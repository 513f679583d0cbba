"""One Apache Kafka broker in KRaft mode: start, stop, kill, pause, restart on the same data."""

import base64
import shutil
import signal
import subprocess
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from servers import processes

LOG_CONFIGURATION = Path(__file__).with_name("log4j2.yaml")
# Quick to start and small: a test broker never lives long enough to profit from the second compiler.
JAVA_OPTIONS = (
    "-Xms64m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Djava.awt.headless=true",
)
ONE_NODE = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
}
QUICK_GROUPS_AND_RETURN = {
    # After a SIGKILL the controller lets the broker back in once its former session has ended.
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "3000",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "group.consumer.min.session.timeout.ms": "1000",
    "group.consumer.min.heartbeat.interval.ms": "200",
}


class KafkaBroker:
    """A broker with its data under `folder`; used as a context manager it is up inside and gone after.

    `settings` are broker properties that add to or replace the suite's; `port` is a free one unless named.
    """

    def __init__(
        self, jars: Path, folder: Path, settings: Mapping[str, str] | None = None, port: int | None = None
    ) -> None:
        self._jars = jars
        self._folder = folder
        self._settings = dict(settings or {})
        self._port = port or processes.free_port()
        self._controller_port = processes.free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        """`host:port`; the same through every restart."""
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """The broker's process id."""
        return self._running().pid

    @property
    def log(self) -> Path:
        """Everything the broker printed: warnings and errors."""
        return self._folder / "broker.log"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Format the data folder the first time, start, and return when the broker answers."""
        if not (self._folder / "data").exists():
            self._format()
        command = [*self._java(), "kafka.Kafka", str(self._properties_file())]
        self._process = processes.start(command, self.log)
        try:
            processes.wait_until(self._is_ready, f"{self.bootstrap} answering")
        except processes.ServerFailed:
            self.kill()
            raise

    def stop(self) -> None:
        """An orderly end (SIGTERM), forced after 15 s; nothing happens when it is down already."""
        if self._process is not None:
            self.resume()
            processes.stop(self._process)
            self._process = None

    def kill(self) -> None:
        """SIGKILL: the end that gives the broker no chance to write anything."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def restart(self) -> None:
        """Stop and start again on the same data and the same address."""
        self.stop()
        self.start()

    def forget(self) -> None:
        """While it is down: lose every topic, record and committed offset; it starts as if new, on the same address."""
        shutil.rmtree(self._folder / "data")

    def pause(self) -> None:
        """SIGSTOP: connections stay open and nothing is answered until `resume`."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT: the end of a pause; harmless without one."""
        self._running().send_signal(signal.SIGCONT)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise processes.ServerFailed("the broker is not running")
        return self._process

    def _format(self) -> None:
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = [
            "kafka.tools.StorageTool",
            "format",
            f"--cluster-id={cluster_id}",
            "--config",
            str(self._properties_file()),
        ]
        done = subprocess.run([*self._java(), *tool], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise processes.ServerFailed(f"the log folder could not be formatted:\n{done.stdout}{done.stderr}")

    def _java(self) -> list[str]:
        logging = f"-Dlog4j2.configurationFile={LOG_CONFIGURATION}"
        return ["java", *JAVA_OPTIONS, logging, "-cp", f"{self._jars}/*"]

    def _properties_file(self) -> Path:
        file = self._folder / "server.properties"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{name}={value}\n" for name, value in self._properties().items()))
        return file

    def _properties(self) -> dict[str, str]:
        broker, controller = f"127.0.0.1:{self._port}", f"127.0.0.1:{self._controller_port}"
        addresses = {
            "listeners": f"PLAINTEXT://{broker},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{broker}",
            "controller.quorum.voters": f"1@{controller}",
            "log.dirs": str(self._folder / "data"),
        }
        return {**ONE_NODE, **QUICK_GROUPS_AND_RETURN, **addresses, **self._settings}

    def _is_ready(self) -> bool:
        processes.require_running(self._running(), self.log)
        return processes.accepts_connections(self._port) and answers(self.bootstrap)


def answers(bootstrap: str) -> bool:
    """Whether a broker at this address knows of at least one broker that takes requests (itself)."""
    try:
        client = KafkaAdminClient(bootstrap_servers=bootstrap, bootstrap_timeout_ms=2_000, request_timeout_ms=5_000)
    except KafkaError:
        return False
    try:
        return bool(client.describe_cluster()["brokers"])
    except KafkaError:
        return False
    finally:
        client.close()
