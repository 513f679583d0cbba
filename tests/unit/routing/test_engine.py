"""The loops of a serving process: one bad round never ends the rounds."""

import threading

from servers.processes import wait_until

from routing.engine import Engine, Loop


def test_a_loop_that_fails_is_reported_and_goes_on():
    rounds = []

    def step() -> bool:
        rounds.append(len(rounds))
        if len(rounds) == 1:
            raise ValueError("first round")
        return False

    engine = Engine((Loop("triage", step, 0.01),))
    engine.start()
    try:
        wait_until(lambda: len(rounds) >= 3, "three rounds")
        assert engine.health() == {"loop triage": "ok"}
    finally:
        engine.stop()


def test_a_loop_that_keeps_failing_says_so_without_the_message(caplog):
    failed = threading.Event()

    def step() -> bool:
        failed.set()
        raise ValueError("a customer's words")

    engine = Engine((Loop("triage", step, 0.01),))
    engine.start()
    try:
        wait_until(lambda: "loop triage failed: ValueError" in caplog.text, "a reported failure")
        assert "ValueError" in engine.health()["loop triage"]
        assert "customer" not in engine.health()["loop triage"]
        assert "customer" not in caplog.text
    finally:
        engine.stop()


def test_one_failing_loop_does_not_hold_up_another():
    other = threading.Event()

    def fails() -> bool:
        raise RuntimeError

    engine = Engine((Loop("bad", fails, 0.01), Loop("good", lambda: bool(other.set()), 0.01)))
    engine.start()
    try:
        assert other.wait(5)
    finally:
        engine.stop()


def test_work_left_to_do_is_done_without_a_pause():
    left = list(range(50))
    engine = Engine((Loop("triage", lambda: bool(left and (left.pop() or True)), 3_600.0),))
    engine.start()
    try:
        wait_until(lambda: not left, "all the work")
    finally:
        engine.stop()


def test_it_has_begun_when_every_loop_has_ended_a_round_well_and_stays_so():
    late, broken = threading.Event(), threading.Event()

    def step() -> bool:
        if broken.is_set() or not late.is_set():
            raise RuntimeError
        return False

    engine = Engine((Loop("quick", lambda: False, 0.01), Loop("late", step, 0.01)))
    engine.start()
    assert not engine.begun()
    late.set()
    wait_until(engine.begun, "the first rounds")
    broken.set()
    wait_until(lambda: engine.health()["loop late"] != "ok", "a failure")
    assert engine.begun()
    engine.stop()
