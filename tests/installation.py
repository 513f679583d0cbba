"""An installation of Pointsman as its users run it: the real command, processes, environment variables, a REST door."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import httpx
from servers import processes
from servers.warm import WarmProcess, start_warm
from typer.testing import CliRunner, Result

Started = subprocess.Popen[bytes] | WarmProcess
COMMAND = Path(sys.executable).with_name("pointsman")
PATIENCE_SECONDS = 240.0
END_SECONDS = 60.0


@dataclass
class Installation:
    """One data folder, its POINTSMAN_* variables and the processes started over it; `port` is where it serves.

    `cold`: as the installed command starts; else from a process in which the libraries lie ready.
    """

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=processes.free_port)
    started: list[Started] = field(default_factory=list)
    cold: bool = sys.platform != "linux"

    @property
    def data_dir(self) -> Path:
        return self.folder / "data"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("POINTSMAN_")}
        own = {"POINTSMAN_DATA_DIR": str(self.data_dir), "POINTSMAN_PORT": str(self.port)}
        return {**kept, **own, **self.variables}

    def log(self, role: str) -> Path:
        """What a role printed."""
        return self.folder / f"{role}.log"

    def run(self, *arguments: str | Path, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; None allows any exit status."""
        words = [str(COMMAND), *map(str, arguments)]
        done = self._run_cold(words) if self.cold else self._run_warm(words)
        assert code is None or done.returncode == code, f"{arguments} ended with {done.returncode}:\n{done.stderr}"
        return done

    def run_here(self, *arguments: str | Path) -> Result:
        """Run a command to its end in this process: training finds ready what an earlier one here fitted for all."""
        from routing.cli.app import app

        names = {*self.environment, *(name for name in os.environ if name.startswith("POINTSMAN_"))}
        done = CliRunner().invoke(app, [*map(str, arguments)], env={name: self.environment.get(name) for name in names})
        assert done.exit_code == 0, f"{arguments} ended with {done.exit_code}:\n{done.output}"
        return done

    def _run_cold(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(words, env=self.environment, cwd=self.folder, capture_output=True, text=True, check=False)

    def _run_warm(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
            status = start_warm(words, self.environment, self.folder, out.fileno(), err.fileno()).wait()
            out.seek(0)
            err.seek(0)
            return subprocess.CompletedProcess(words, status, out.read(), err.read())

    def start(self, role: str, *arguments: str | Path) -> Started:
        """Start a command that runs until it is stopped."""
        words = [str(COMMAND), role, *map(str, arguments)]
        with self.log(role).open("ab") as output:
            process = self._started(words, output.fileno())
        self.started.append(process)
        return process

    def _started(self, words: list[str], output: int) -> Started:
        if not self.cold:
            return start_warm(words, self.environment, self.folder, output, output)
        words = [*processes.privileges(), *words]
        where = {"env": self.environment, "cwd": self.folder}
        return subprocess.Popen(words, **where, stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    def serve(self, *arguments: str | Path) -> Started:
        """Start `pointsman serve`; returns when it is ready."""
        process = self.start("serve", *arguments)
        self.wait_ready(process, "serve")
        return process

    def wait_ready(self, process: Started, role: str) -> None:
        """Return when /readyz says yes."""
        with self.client() as client:
            self.wait_until(process, role, lambda: is_ready(client))

    def wait_until(self, process: Started, role: str, ready: Callable[[], bool]) -> None:
        """Return when `ready` says yes; fail with the end of the log when the process ends before."""

        def ready_or_dead() -> bool:
            processes.require_running(process, self.log(role))
            return ready()

        processes.wait_until(ready_or_dead, f"{role} being ready\n{self._said(role)}", PATIENCE_SECONDS)

    def _said(self, role: str) -> str:
        return processes.log_tail(self.log(role))

    def client(self) -> httpx.Client:
        """A client of the REST door."""
        return httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60.0)

    def interrupt(self, process: Started) -> int:
        """Ctrl-C; returns the exit status."""
        process.send_signal(signal.SIGINT)
        return process.wait(END_SECONDS)

    def close(self) -> None:
        """Stop whatever still runs."""
        for process in self.started:
            processes.stop(process)


@contextmanager
def installed(
    folder: Path, variables: Mapping[str, str] | None = None, models: Path | None = None, *, cold: bool = False
) -> Iterator[Any]:
    """An installation whose processes end with the block; `models` are copied in, as if trained here."""
    folder.mkdir(parents=True, exist_ok=True)
    installation = Installation(folder, variables or {})
    installation.cold |= cold
    if models is not None:
        shutil.copytree(models, installation.data_dir / "models")
    try:
        yield installation
    finally:
        installation.close()


def kill(process: Started) -> None:
    """SIGKILL: the end that gives a process no chance to write anything."""
    process.kill()
    process.wait()


def is_ready(client: httpx.Client) -> bool:
    """Whether the service answers that it has all it needs."""
    try:
        return client.get("/readyz").is_success
    except httpx.TransportError:
        return False
