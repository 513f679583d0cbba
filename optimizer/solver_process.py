"""The min-cost flow solver in a process of its own: networks and flows cross the pipe as plain bytes."""

import multiprocessing
import signal
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from time import monotonic

import numpy as np

from optimizer import min_cost_flow
from optimizer.errors import CostRangeExceeded, SolverError, SolverLate, WorkerLost
from optimizer.network import FlowNetwork
from optimizer.problem import Indices

READY = b"ready"
SOLVED, FAILED, OUT_OF_RANGE = b"s", b"f", b"r"


class SolverProcess:
    """A persistent solver; a late or dead one is replaced, and the next call finds the new one.

    Not for use by several threads at once.
    """

    def __init__(self, start_timeout_seconds: float = 30.0) -> None:
        self._context = multiprocessing.get_context("spawn")
        self.restarts = 0
        self._start()
        if not self._wait_ready(start_timeout_seconds):
            self._kill()
            raise WorkerLost(f"the solver's process was not ready within {start_timeout_seconds:g} s")

    @property
    def pid(self) -> int | None:
        """The process id of the solver."""
        return self._process.pid

    def solve(self, network: FlowNetwork, time_limit_seconds: float) -> Indices:
        """(E,) int64 flow; raises `SolverLate` at the time limit, `WorkerLost` when the process died."""
        deadline = monotonic() + time_limit_seconds
        if not self._wait_ready(time_limit_seconds):
            raise SolverLate("the solver's process is still starting")
        try:
            self._connection.send_bytes(_pack(network))
            if not self._connection.poll(max(deadline - monotonic(), 0)):
                self._restart()
                raise SolverLate(f"the solver gave no answer within {time_limit_seconds:g} s")
            return _unpack_answer(self._connection.recv_bytes())
        except (EOFError, OSError) as error:
            self._restart()
            raise WorkerLost("the solver's process died") from error

    def close(self) -> None:
        """Stop the process; safe to call twice."""
        self._kill()

    def _start(self) -> None:
        self._connection, remote = self._context.Pipe()
        self._process: SpawnProcess = self._context.Process(target=serve, args=(remote,), daemon=True)
        self._process.start()
        remote.close()
        self._is_ready = False

    def _restart(self) -> None:
        self._kill()
        self.restarts += 1
        self._start()

    def _wait_ready(self, timeout_seconds: float) -> bool:
        try:
            if not self._is_ready and self._connection.poll(timeout_seconds):
                self._is_ready = self._connection.recv_bytes() == READY
        except (EOFError, OSError) as error:
            self._restart()
            raise WorkerLost("the solver's process died while starting") from error
        return self._is_ready

    def _kill(self) -> None:
        self._process.kill()
        self._process.join(timeout=5)
        self._connection.close()


def serve(connection: Connection) -> None:
    """Answer networks with flows until the other side goes away."""
    # Ctrl-C at a terminal reaches every process; this one ends when its owner does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    min_cost_flow.load()
    try:
        connection.send_bytes(READY)
        while True:
            connection.send_bytes(_answer(_unpack(connection.recv_bytes())))
    except (EOFError, OSError):
        return


def _answer(network: FlowNetwork) -> bytes:
    try:
        return SOLVED + min_cost_flow.solve(network).tobytes()
    except CostRangeExceeded as error:
        return OUT_OF_RANGE + str(error).encode()
    except Exception as error:
        # The reason must reach the other side, whatever it is; the process itself stays in service.
        return FAILED + f"{type(error).__name__}: {error}".encode()


def _unpack_answer(answer: bytes) -> Indices:
    kind, body = answer[:1], answer[1:]
    if kind == OUT_OF_RANGE:
        raise CostRangeExceeded(body.decode())
    if kind == FAILED:
        raise SolverError(body.decode())
    return np.frombuffer(body, np.int64)


def _pack(network: FlowNetwork) -> bytes:
    columns = (network.tail, network.head, network.capacity, network.cost, network.supply)
    return np.concatenate([[network.tail.size], *columns]).astype(np.int64).tobytes()


def _unpack(message: bytes) -> FlowNetwork:
    numbers = np.frombuffer(message, np.int64)
    n_arcs, body = int(numbers[0]), numbers[1:]
    tail, head, capacity, cost = body[: 4 * n_arcs].reshape(4, n_arcs)
    return FlowNetwork(tail, head, capacity, cost, supply=body[4 * n_arcs :])
