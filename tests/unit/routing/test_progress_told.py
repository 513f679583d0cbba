"""Progress where nobody watches a bar: a line a stage, and one with the time left where that can be known."""

import pytest

from routing.cli import progress


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the clock shows; it stands until it is set."""
    now = [0.0]
    monkeypatch.setattr(progress, "perf_counter", lambda: now[0])
    return now


def test_the_time_left_is_told_once_as_soon_as_it_can_be(
    clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with progress.shown("simulating", time_left=True) as told:
        for done, seconds in ((0, 0.0), (10, 9.0), (50, 60.0), (500, 9_999.0)):
            clock[0] = seconds
            told(done, 1_000, "20 days")
    assert capsys.readouterr().err == "simulating: 20 days\nsimulating: about 19 min left\n"


def test_what_is_soon_over_needs_no_forecast(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with progress.shown("simulating", time_left=True) as told:
        clock[0] = 0.5
        told(100, 1_000, "2 days")
    assert capsys.readouterr().err == "simulating: 2 days\n"


def test_work_in_uneven_stages_tells_only_its_stages(clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with progress.shown("training") as told:
        clock[0] = 600.0
        told(1, 10, "reading")
        told(2, 10, "fitting")
    assert capsys.readouterr().err == "training: reading\ntraining: fitting\n"
