"""The event stream over a real server on loopback: resumed, kept alive, and never in the way of a stop."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from rest_door import Door, bearer, make_door, write_tokens

import api.stream
from api.shutdown import Server
from api.stream import HEARTBEAT, Feed, Streams, Tide, follow

REPOSITORY = Path(__file__).parents[2]
PATIENCE_SECONDS = 20.0


@contextmanager
def serving(door: Door) -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = Server(uvicorn.Config(door.app, log_level="warning"), door.app.state.stopping)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)
        listener.close()
        assert not thread.is_alive(), "an open stream kept the server from stopping"


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return make_door(write_tokens(tmp_path / "tokens.toml"))


@pytest.fixture
def address(door: Door) -> Iterator[str]:
    with serving(door) as address:
        yield address


@contextmanager
def stream(address: str, **given: Any) -> Iterator[Iterator[str]]:
    headers = {**bearer("mona"), **given.pop("headers", {})}
    with httpx.stream("GET", f"{address}/v1/events", headers=headers, timeout=PATIENCE_SECONDS, **given) as reply:
        assert reply.headers["Content-Type"].startswith("text/event-stream")
        yield reply.iter_lines()


def read(lines: Iterator[str], count: int) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    block: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            block[name] = value
        elif "id" in block:
            found.append(block)
        if not line:
            block = {}
        if len(found) == count:
            return found
    return found


def test_a_stream_tells_what_happens_from_now_on(door: Door, address: str):
    door.begin("before")
    with stream(address) as lines:
        assert next(lines) == "retry: 2000"
        conversation = door.begin("after")
        [event] = read(lines, 1)
    assert event["event"] == "conversation.received"
    assert json.loads(event["data"])["conversation_id"] == conversation
    assert event["id"] == str(json.loads(event["data"])["seq"])


def test_a_stream_tells_the_whole_history_when_asked(door: Door, address: str):
    door.offered("ada")
    with stream(address, params={"after": 0}) as lines:
        kinds = [event["event"] for event in read(lines, 4)]
    assert kinds == ["presence.changed", "conversation.received", "conversation.triaged", "offer.made"]


def test_a_stream_resumes_where_it_broke_off(door: Door, address: str):
    for _ in range(3):
        door.begin()
    with stream(address, params={"after": 0}) as lines:
        [first] = read(lines, 1)
    with stream(address, headers={"Last-Event-ID": first["id"]}, params={"after": 0}) as lines:
        assert [int(event["id"]) for event in read(lines, 2)] == [int(first["id"]) + 1, int(first["id"]) + 2]


def test_a_stream_carries_no_customers_words(door: Door, address: str):
    door.offered("ada", "my mother maiden name is hopper card_lost")
    with stream(address, params={"after": 0}) as lines:
        assert "hopper" not in json.dumps(read(lines, 4))


@pytest.mark.parametrize("place", ["-1", "soon", "1" * 30])
def test_a_place_that_cannot_be_is_refused(address: str, place: str):
    reply = httpx.get(f"{address}/v1/events", headers={**bearer("mona"), "Last-Event-ID": place})
    assert reply.status_code == 422


def test_an_open_stream_never_keeps_the_server_from_stopping(door: Door):
    with serving(door) as address, stream(address) as lines:
        next(lines)
        door.app.state.stopping.set()
        assert list(lines) == [""]


def test_streams_end_when_the_server_is_told_to_stop(door: Door):
    ended = threading.Event()
    begun = threading.Event()

    def listen(address: str) -> None:
        with stream(address) as lines:
            for _ in lines:
                begun.set()
        ended.set()

    with serving(door) as address:
        listener = threading.Thread(target=listen, args=(address,))
        listener.start()
        assert begun.wait(PATIENCE_SECONDS)
    listener.join(PATIENCE_SECONDS)
    assert ended.is_set()


def test_a_client_that_leaves_frees_its_place(door: Door, address: str):
    with stream(address) as lines:
        next(lines)
        assert door.app.state.streams.count == 1
    for _ in range(200):
        if door.app.state.streams.count == 0:
            break
        door.begin()
        threading.Event().wait(0.05)
    assert door.app.state.streams.count == 0


def test_more_streams_than_the_service_keeps_are_refused(door: Door, address: str):
    door.app.state.streams = Streams(most=1)
    with stream(address) as lines:
        next(lines)
        reply = httpx.get(f"{address}/v1/events", headers=bearer("mona"), timeout=PATIENCE_SECONDS)
    assert (reply.status_code, reply.json()["type"]) == (503, "urn:pointsman:problem:too_many_streams")


def test_a_quiet_stream_is_kept_alive(door: Door, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(api.stream, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(api.stream, "LOOK_SECONDS", 0.01)

    async def first_heartbeat() -> str:
        texts = follow(Feed(door.context, 0, threading.Event()), Tide())
        return [await anext(texts), await anext(texts)][1]

    assert asyncio.run(first_heartbeat()) == HEARTBEAT


SCRIPT = """
import sys; sys.path[:0] = {paths!r}
from pathlib import Path
import uvicorn
from rest_door import make_door
door = make_door(Path({tokens!r}))
door.begin()
uvicorn.run(door.app, port=int(sys.argv[1]), log_level="info")
"""


def test_a_stop_signal_to_a_plain_uvicorn_ends_open_streams(tmp_path: Path):
    tokens = write_tokens(tmp_path / "tokens.toml")
    script = SCRIPT.format(paths=[str(REPOSITORY), str(REPOSITORY / "tests")], tokens=str(tokens))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    log = tmp_path / "log"
    with log.open("w") as output:
        server = subprocess.Popen([sys.executable, "-c", script, str(port)], stdout=output, stderr=output)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, server)
        httpx.get(f"{address}/v1/conversations", params={"customer_id": "secret-77"}, headers=bearer("mona"))
        with stream(address, params={"after": 0}) as lines:
            read(lines, 1)
            server.send_signal(signal.SIGTERM)
            list(lines)
        assert server.wait(PATIENCE_SECONDS) in (0, -signal.SIGTERM)
    finally:
        if server.poll() is None:
            os.kill(server.pid, signal.SIGKILL)
            server.wait()
    written = log.read_text()
    assert "Finished server process" in written
    assert "GET /v1/conversations" in written
    assert "secret-77" not in written


def wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(400):
        try:
            httpx.get(f"{address}/livez", timeout=PATIENCE_SECONDS)
        except httpx.ConnectError:
            assert server.poll() is None, "the server ended before it listened"
            threading.Event().wait(0.1)
        else:
            return
    raise AssertionError("the server never listened")
