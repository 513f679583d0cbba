"""A bucket a caller: what it lets through, how long it says to wait, and that it stays small."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from api.rate_limit import Allowance, Buckets


class Moment:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def test_a_burst_passes_and_the_next_one_waits_for_its_turn() -> None:
    moment = Moment()
    buckets, allowance = Buckets(moment), Allowance(per_second=2, burst=3)
    assert [buckets.take("a", allowance) for _ in range(4)] == [0, 0, 0, 0.5]
    moment.at += 0.5
    assert [buckets.take("a", allowance) for _ in range(2)] == [0, 0.5]


def test_one_caller_s_burst_takes_nothing_from_another() -> None:
    buckets, allowance = Buckets(Moment()), Allowance(1, 1)
    assert [buckets.take(key, allowance) for key in "aab"] == [0, 1, 0]


def test_being_refused_costs_nothing() -> None:
    moment = Moment()
    buckets, allowance = Buckets(moment), Allowance(1, 1)
    for _ in range(100):
        buckets.take("a", allowance)
    moment.at += 1
    assert buckets.take("a", allowance) == 0


@given(st.lists(st.floats(0, 5), min_size=1, max_size=60), st.floats(0.5, 20), st.integers(1, 10))
def test_never_more_than_the_burst_and_the_pace_allow(pauses: list[float], pace: float, burst: int) -> None:
    moment = Moment()
    buckets, begun, passed = Buckets(moment), moment.at, 0
    for pause in pauses:
        moment.at += pause
        passed += buckets.take("a", Allowance(pace, burst)) == 0
        assert passed <= burst + (moment.at - begun) * pace + 1e-6


@given(st.floats(0.01, 100), st.integers(1, 50))
def test_after_the_wait_it_names_the_next_request_passes(pace: float, burst: int) -> None:
    moment = Moment()
    buckets, allowance = Buckets(moment), Allowance(pace, burst)
    while (wait := buckets.take("a", allowance)) == 0:
        pass
    moment.at += wait * (1 + 1e-9) + 1e-9
    assert buckets.take("a", allowance) == 0


def test_strangers_without_end_take_no_memory_without_end() -> None:
    buckets = Buckets(Moment(), most=100)
    for number in range(1_000):
        buckets.take(str(number), Allowance(1, 1))
    assert buckets.take("999", Allowance(1, 1)) > 0  # the newest are remembered
    assert buckets.take("0", Allowance(1, 1)) == 0


def test_threads_cannot_take_the_same_request_twice() -> None:
    buckets, passed = Buckets(Moment()), []

    def ask() -> None:
        for _ in range(200):
            if buckets.take("a", Allowance(1, 100)) == 0:
                passed.append(1)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 100
