"""Child processes of the suite: ports, start, stop by process id, waiting until ready."""

import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# Below Linux's ephemeral range (32768 up): no outgoing connection takes the port before the server does.
PORTS = range(20_000, 32_000)
# What takes long would take longer for being asked about all the time: the asking costs the same two cores.
SOON_SECONDS, LATER_SECONDS = 0.05, 0.25


class ServerFailed(Exception):
    """A server did not start, or ended by itself; the text carries the end of its log."""


def free_port() -> int:
    """A TCP port on loopback that nothing listens on."""
    for port in random.sample(PORTS, 200):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ServerFailed(f"no free port found in {PORTS}")


def start(command: Sequence[str], log: Path, user: str | None = None) -> subprocess.Popen[bytes]:
    """Start `command`, output appended to `log`, as `user` where given.

    The child is killed when the thread that started it ends, so that an interrupted suite leaves no server
    behind: start servers from the main thread.
    """
    with log.open("ab") as output:
        return subprocess.Popen([*privileges(user), *command], stdin=subprocess.DEVNULL, stdout=output, stderr=output)


def privileges(user: str | None = None) -> list[str]:
    """The `setpriv` prefix that binds a child's life to ours and drops root to `user`; empty without it."""
    if shutil.which("setpriv") is None:
        return []
    prefix = ["setpriv", "--pdeathsig", "KILL"]
    if user is not None and os.geteuid() == 0:
        prefix += ["--reuid", user, "--regid", user, "--init-groups"]
    return prefix


def stop(process: subprocess.Popen[bytes], seconds: float = 15.0) -> None:
    """SIGTERM, then SIGKILL after `seconds`; returns when the process is gone."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until(ready: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    """Ask `ready` until it says yes, ever less often; raises ServerFailed naming `what` after `seconds`."""
    deadline, pause = time.monotonic() + seconds, SOON_SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise ServerFailed(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(pause)
        pause = min(1.05 * pause, LATER_SECONDS)


def require_running(process: subprocess.Popen[bytes], log: Path) -> None:
    """Raise ServerFailed with the end of the log when the process has ended."""
    if process.poll() is not None:
        raise ServerFailed(f"{process.args!r} ended with status {process.returncode}:\n{log_tail(log)}")


def log_tail(log: Path, lines: int = 40) -> str:
    """The last lines of a log file."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def accepts_connections(port: int) -> bool:
    """Whether something listens on this loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
