"""Starts the product's command in a process forked from one in which the libraries lie ready; nothing of ours does.

Loading PyTorch and sentence-transformers takes seconds of processor time, and a run of the suite starts the command
some two hundred times. What is started is a process like any other: it reads its own environment, is killed and
stopped by its id, and ends by the interpreter's own end. What loading itself does is tested by cold starts.
"""

import array
import atexit
import ctypes
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

LIBRARIES = (
    "sentence_transformers",
    "alembic.command",
    "fastapi",
    "httpx",
    "kafka",
    "psycopg",
    "sqlalchemy",
    "uvicorn",
)
LARGEST = 1 << 17
PATIENCE_SECONDS = 600
PR_SET_PDEATHSIG = 1


class WarmProcess:
    """What `subprocess.Popen` is for a process that somebody else started: here the one that forks."""

    def __init__(self, words: Sequence[str], answers: socket.socket) -> None:
        self.args, self.returncode = list(words), None
        self._answers = answers
        self.pid = self._number()
        self.returncode: int | None

    def poll(self) -> int | None:
        """The exit status; None while it runs."""
        return self._wait(0)

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, -n after signal n; TimeoutExpired."""
        status = self._wait(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        """Nothing where it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _wait(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            self._answers.settimeout(timeout)
            try:
                self.returncode = self._number()
            except (TimeoutError, BlockingIOError):
                return None
            self._answers.close()
        return self.returncode

    def _number(self) -> int:
        said = self._answers.recv(64)
        if not said:
            raise ChildProcessError("the process that forks is gone")
        return int(said)


def start_warm(words: Sequence[str], environment: Mapping[str, str], folder: Path, out: int, err: int) -> WarmProcess:
    """Start `pointsman` with these words (the first is its name), its output to two descriptors."""
    asking = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    asking.connect(_ground())
    asked = json.dumps([list(words), dict(environment), str(folder)]).encode()
    asking.sendmsg([asked], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [out, err]))])
    return WarmProcess(words, asking)


@cache
def _ground() -> str:
    """The socket of this process's own ground, started when it is first needed and ended with this process."""
    from servers import processes

    place = tempfile.TemporaryDirectory(prefix="pointsman-warm-")
    name = f"{place.name}/socket"
    command = [*processes.privileges(), sys.executable, "-P", __file__, name]
    ground = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    atexit.register(place.cleanup)
    atexit.register(processes.stop, ground)
    processes.wait_until(Path(f"{name}.ready").exists, "the libraries lying ready", PATIENCE_SECONDS)
    return name


class Ground:
    """Waits for what to start, forks, and tells each asker its process's id and, later, its exit status."""

    def __init__(self, name: str) -> None:
        self._server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._server.bind(name)
        self._server.listen(16)
        self._askers: dict[int, socket.socket] = {}
        self._woken, waking = socket.socketpair()
        waking.setblocking(False)
        self._woken.setblocking(False)
        self._waking = waking
        signal.set_wakeup_fd(waking.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        Path(f"{name}.ready").touch()

    def fork(self) -> list[str]:
        """Returns in the new processes only, each with its words."""
        ready = selectors.DefaultSelector()
        ready.register(self._server, selectors.EVENT_READ)
        ready.register(self._woken, selectors.EVENT_READ)
        while True:
            for key, _ in ready.select():
                if key.fileobj is self._woken:
                    self._woken.recv(4096)
                    self._bury()
                elif words := self._start(ready):
                    return words

    def _start(self, ready: selectors.BaseSelector) -> list[str] | None:
        asker, _ = self._server.accept()
        asked, descriptors, *_ = socket.recv_fds(asker, LARGEST, 2)
        words, environment, folder = json.loads(asked)
        pid = os.fork()
        if pid == 0:
            ready.close()
            self._leave(asker)
            _become(environment, folder, descriptors)
            return list(words)
        for descriptor in descriptors:
            os.close(descriptor)
        self._askers[pid] = asker
        asker.send(str(pid).encode())
        return None

    def _leave(self, asker: socket.socket) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for held in (self._server, self._woken, self._waking, asker, *self._askers.values()):
            held.close()

    def _bury(self) -> None:
        while self._askers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            with self._askers.pop(pid) as asker:
                try:
                    asker.send(str(os.waitstatus_to_exitcode(status)).encode())
                except OSError:
                    continue  # whoever asked is gone


def _become(environment: Mapping[str, str], folder: str, descriptors: Sequence[int]) -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    for descriptor, place in zip(descriptors, (1, 2), strict=True):
        os.dup2(descriptor, place)
        os.close(descriptor)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)


if __name__ == "__main__":
    for library in LIBRARIES:
        import_module(library)
    sys.argv = Ground(sys.argv[1]).fork()
    from routing.cli import main

    sys.exit(main())
