"""Triage and matching in a process of their own: it may die and come back, and the doors stay open meanwhile."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from bank import ENDED, Bank, Floor
from installation import Installation, installed, kill
from installed_database import assert_balanced, read_books
from servers import processes

from encoders.text import prepare

PATIENCE_SECONDS = 240.0


@pytest.fixture
def home(tmp_path: Path, small_bank: Bank) -> Iterator[Installation]:
    variables = {
        "POINTSMAN_PACK": str(small_bank.pack),
        "POINTSMAN_REVIEW_DEADLINE_SECONDS": "2",
        "POINTSMAN_PROBE_PORT": str(processes.free_port()),
    }
    with installed(tmp_path / "home", variables, small_bank.models) as installation:
        yield installation


def is_working(home: Installation) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{home.variables['POINTSMAN_PROBE_PORT']}/readyz").is_success
    except httpx.TransportError:
        return False


def wait(reached: Callable[[], bool], what: str) -> None:
    processes.wait_until(reached, what, PATIENCE_SECONDS)


def work_off(home: Installation, floor: Floor, url: str) -> None:
    def done() -> bool:
        floor.accept_all()
        floor.wrap_up_all()
        return set(read_books(url).states.values()) <= ENDED

    wait(done, "every conversation ended")


def test_the_doors_take_in_what_the_worker_does_and_neither_loses_anything_when_it_dies(
    home: Installation, small_bank: Bank
) -> None:
    url = f"sqlite:///{home.data_dir / 'pointsman.db'}"
    texts = [f"{text} (note {number})" for number, (text, _) in enumerate(small_bank.needs[:12])]
    serving = home.serve("--no-work")
    with home.client() as client:
        floor = Floor(client)
        floor.come_in()
        for text in texts[:6]:
            assert floor.write(text).status_code == 201
        time.sleep(1.0)
        assert set(read_books(url).states.values()) == {"received"}, "the doors triage nothing"

        worker = home.start("work")
        wait(lambda: "received" not in read_books(url).states.values(), "everything triaged")
        kill(worker)
        for text in texts[6:]:
            assert floor.write(text).status_code == 201
        assert client.get("/readyz").status_code == 200

        worker = home.start("work")
        work_off(home, floor, url)
    wait(lambda: is_working(home), "a worker that is ready")
    assert (home.interrupt(worker), home.interrupt(serving)) == (0, 0)
    books = read_books(url)
    assert_balanced(books)
    assert books.texts == Counter(map(prepare, texts))
    assert "Traceback" not in home.log("work").read_text()
