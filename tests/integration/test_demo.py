"""The demo as a newcomer runs it: it comes alive, stops on Ctrl-C, and goes on where it stopped, even after a kill."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from bank import Bank, Floor
from installation import Installation, installed, kill
from servers import processes

ADDRESS = re.compile(r"live at (http://127\.0\.0\.1:\d+)")
ALIVE = ("offer.made", "offer.accepted", "assignment.wrapped_up")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, small_bank: Bank) -> Iterator[Installation]:
    """A demo's folder, its model trained already."""
    folder = tmp_path_factory.mktemp("demo")
    with installed(folder, {"POINTSMAN_PACK": str(small_bank.pack)}, small_bank.models) as installation:
        yield installation


class Demo:
    """One run of the demo."""

    def __init__(self, home: Installation) -> None:
        self._home = home
        home.log("demo").unlink(missing_ok=True)
        arguments = ("--speed", "20", "--data-dir", home.data_dir, "--port", "0")
        self.process = home.start("demo", *arguments)
        home.wait_until(self.process, "demo", lambda: self.address is not None)
        self.client = httpx.Client(base_url=str(self.address), timeout=60.0)

    @property
    def said(self) -> str:
        return self._home.log("demo").read_text()

    @property
    def address(self) -> str | None:
        found = ADDRESS.search(self.said)
        return found[1] if found else None

    def floor(self) -> dict[str, Any]:
        return Floor(self.client).get("/v1/floor")

    def wait_for(self, what: str, reached: Callable[[], bool]) -> None:
        processes.wait_until(reached, f"{what}\n{self.said}", 240)


def history(demo: Demo) -> dict[str, int]:
    return dict(demo.floor()["last_hour"])


def test_the_floor_comes_alive_stops_on_ctrl_c_and_goes_on_after_a_stop_and_a_kill(home: Installation):
    demo = Demo(home)
    assert demo.client.get("/readyz").is_success, "the address was printed before the service answered"
    demo.wait_for("a floor alive", lambda: all(history(demo).get(kind, 0) > 0 for kind in ALIVE))
    before = _stop_with_an_open_stream(home, demo)

    demo = Demo(home)
    assert demo.floor()["at"] >= before["newest"], "the floor's clock went back"
    assert _count(demo.floor()) >= _count(before)
    wrapped_up = history(demo).get("assignment.wrapped_up", 0)
    demo.wait_for("work going on", lambda: history(demo).get("assignment.wrapped_up", 0) > wrapped_up)
    before = _seen(demo)
    kill(demo.process)

    demo = Demo(home)
    assert demo.floor()["at"] >= before["newest"]
    assert _count(demo.floor()) >= _count(before)
    made = history(demo).get("offer.made", 0)
    demo.wait_for("offers after a kill", lambda: history(demo).get("offer.made", 0) > made)
    assert "Traceback" not in demo.said
    assert home.interrupt(demo.process) == 0


def _seen(demo: Demo) -> dict[str, Any]:
    """The floor, and when its newest conversation came."""
    [newest] = Floor(demo.client).get("/v1/conversations?limit=1")["items"]
    return {**demo.floor(), "newest": newest["received_at"]}


def _count(floor: dict[str, Any]) -> int:
    return sum(floor["conversations"].values())


def _stop_with_an_open_stream(home: Installation, demo: Demo) -> dict[str, Any]:
    reading = threading.Event()

    def read() -> None:
        with demo.client.stream("GET", "/v1/events", timeout=None) as stream:
            for _ in stream.iter_lines():
                reading.set()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    assert reading.wait(60)
    before = _seen(demo)
    assert home.interrupt(demo.process) == 0, demo.said
    reader.join(30)
    assert not reader.is_alive(), "the stream outlived the server"
    assert "the next start goes on from here" in demo.said
    assert "Traceback" not in demo.said
    return before


@pytest.mark.slow
def test_the_first_start_trains_the_starter_model_by_itself(tmp_path: Path):
    with installed(tmp_path) as fresh:
        demo = Demo(fresh)
        assert "trained on" in demo.said
        assert demo.client.get("/readyz").json()["parts"]["model"] == "ok"
        assert fresh.interrupt(demo.process) == 0
