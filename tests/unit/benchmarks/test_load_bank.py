"""The bank that is put under load: its pack can be used, and its customers write what nobody trained on."""

import csv
from itertools import islice
from pathlib import Path

import pytest

from benchmarks.load.bank import found_bank
from benchmarks.load.figures import latency, quarters, shares, slopes
from benchmarks.load.house import Use
from routing.adapters.pack import load_pack

CATEGORIES = ("Refund_not_showing_up", "card lost?", "top_up")


@pytest.fixture
def messages(tmp_path: Path) -> Path:
    path = tmp_path / "train.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = [(f"message {number} about it", CATEGORIES[number % 3]) for number in range(240)]
        csv.writer(file).writerows([("text", "category"), *rows])
    return path


def test_the_pack_is_whole_and_the_other_half_is_what_customers_write(messages: Path, tmp_path: Path):
    bank = found_bank(messages, tmp_path / "pack", cops=5, capacity=3)
    pack = load_pack(bank.pack)
    taught = {text for text, _ in (*pack.training_examples, *pack.held_out_examples)}
    assert pack.taxonomy.keys == {"refund_not_showing_up", "cardlost", "top_up"}
    assert len(list(pack.roster.values())) == 5
    assert len(taught) == len(bank.written) == 120
    assert taught.isdisjoint(text for text, _ in bank.written)


def test_customers_never_run_out_of_words(messages: Path, tmp_path: Path):
    bank = found_bank(messages, tmp_path / "pack", cops=1, capacity=1)
    written = list(islice(bank.customers(), 250))
    assert written[:120] == written[120:240] == list(bank.written)


def test_latencies_are_ranked_and_nothing_is_nothing():
    assert latency([]) == {}
    assert latency([value / 100 for value in range(100, 0, -1)]) == {"p50": 0.51, "p95": 0.96, "p99": 1.0, "worst": 1.0}


def test_a_role_that_ended_on_the_way_has_no_share():
    before = {"serve": Use(2.0, 100.0), "relay": Use(1.0, 50.0)}
    assert shares(before, {"serve": Use(5.0, 120.0)}, 4.0) == {"serve": 0.75}


def test_a_soak_tells_of_each_quarter_by_itself():
    waits = [0.1] * 100 + [0.2] * 100 + [0.3] * 100 + [0.4] * 100
    assert [each["p99"] for each in quarters(waits)] == [0.1, 0.2, 0.3, 0.4]


def test_memory_that_grows_after_the_first_third_has_a_slope_and_what_was_loaded_at_the_start_has_none():
    filled = [Use(0.0, megabytes) for megabytes in (100.0, 900.0, 900.0, 900.0, 900.0, 900.0)]
    grown = [Use(0.0, 500.0 + minute) for minute in range(6)]
    watched = [{"serve": one, "work": other} for one, other in zip(filled, grown, strict=True)]
    assert slopes(watched, seconds=60.0) == {"serve": 0.0, "work": 60.0}
