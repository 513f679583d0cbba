"""The installation under load: the real commands as processes of their own, and what each of them uses."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import httpx

COMMAND = Path(sys.executable).with_name("pointsman")
UNCLASSIFIED = (sys.executable, "-m", "benchmarks.load.unclassified")
READY_SECONDS = 240.0
END_SECONDS = 60.0
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
DRIVERS = "customers and COps"


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True)
class Use:
    """Processor seconds since a process began, with its children's, and resident memory in MB, now."""

    processor_seconds: float
    memory_mb: float


@dataclass
class House:
    """One data folder, its variables, and the roles that run over it."""

    folder: Path
    variables: Mapping[str, str]
    port: int = field(default_factory=free_port)
    probe_port: int = field(default_factory=free_port)
    roles: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    def run(self, *arguments: str) -> None:
        """Run a command to its end; CalledProcessError when it fails."""
        with self._log(arguments[0]).open("ab") as log:
            subprocess.run([COMMAND, *arguments], env=self._environment(), stdout=log, stderr=log, check=True)

    def start(self, role: str, words: Sequence[str | Path] = (COMMAND,), *options: str) -> None:
        """Start a role that runs until the end; `words` come before its name, `options` behind it."""
        with self._log(role).open("ab") as log:
            asked = [*words, role, *options]
            own = {**self._environment(), **({"POINTSMAN_PROBE_PORT": str(self.probe_port)} if role == "work" else {})}
            self.roles[role] = subprocess.Popen(asked, env=own, stdout=log, stderr=log)

    def serve(self, classified: bool, split: bool, working: bool = True) -> None:
        """Start the service, with its classifier or with one that answers without reading; returns when ready.

        With `split` a second process works; without `working` nobody triages or matches.
        """
        words = (COMMAND,) if classified else UNCLASSIFIED
        self.start("serve", words, *(["--no-work"] if split or not working else []))
        if split:
            self.start("work", words)
        self._wait("serve", split)

    def demo(self, *options: str) -> None:
        """Start the demo; returns when ready."""
        self.start("demo", (COMMAND,), *options)
        self._wait("demo", split=False)

    def _wait(self, role: str, split: bool) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not (_ready(self.port) and (not split or _ready(self.probe_port))):
            if time.monotonic() > deadline or self.roles[role].poll() is not None:
                raise RuntimeError(f"{role} did not get ready; see {self._log(role)}")
            time.sleep(0.5)

    def metric(self, name: str) -> float:
        """The sum of a metric over its labels."""
        lines = httpx.get(f"{self.base_url}/metrics").raise_for_status().text.splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith((f"{name}{{", f"{name} ")))

    def use(self) -> dict[str, Use]:
        """What each running role uses, children included, and those who drive them, which is this process."""
        tree = _processes()
        used = {role: _use_of(process.pid, tree) for role, process in self.roles.items() if process.poll() is None}
        return {**used, DRIVERS: Use(*tree[os.getpid()][1:])}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.roles.values():
            process.send_signal(signal.SIGTERM)
        for process in self.roles.values():
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()

    def _log(self, role: str) -> Path:
        return self.folder / f"{role}.log"

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("POINTSMAN_")}
        own = {"POINTSMAN_DATA_DIR": str(self.folder / "data"), "POINTSMAN_PORT": str(self.port)}
        return {**kept, **own, **self.variables}


def _ready(port: int) -> bool:
    try:
        return all(httpx.get(f"http://127.0.0.1:{port}/{probe}").is_success for probe in ("startupz", "readyz"))
    except httpx.TransportError:
        return False


def _processes() -> dict[int, tuple[int, float, float]]:
    """Every process: id -> (parent, processor seconds, resident MB)."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            # Fields 4, 14, 15 and 24 of proc(5), counted from the state, which is the third.
            seconds = (int(stat[11]) + int(stat[12])) / TICKS_A_SECOND
            found[int(entry.name)] = (int(stat[1]), seconds, int(stat[21]) * PAGE_BYTES / 1e6)
    return found


def _use_of(pid: int, tree: Mapping[int, tuple[int, float, float]]) -> Use:
    family, grown = {pid}, True
    while grown:
        more = {child for child, (parent, _, _) in tree.items() if parent in family} - family
        family, grown = family | more, bool(more)
    known = [tree[each] for each in family if each in tree]
    return Use(sum(seconds for _, seconds, _ in known), sum(memory for _, _, memory in known))
